const { availableParallelism } = require('node:os');

/** Several projects, so that the slow ones (real processes, real bundles) can be left out while working. */
const common = {
  testEnvironment: 'node',
  // TypeScript has `import()` name the file that will be there once it is compiled.
  moduleNameMapper: { '^(\\.{1,2}/.+)\\.js$': '$1' },
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  injectGlobals: true,
  // Looked up in the context of a test file, each takes half a microsecond.
  sandboxInjectedGlobals: [
    ...[
      'Array',
      'BigInt',
      'Date',
      'Error',
      'JSON',
      'Map',
      'Math',
      'Number',
      'Object',
      'Promise',
      'RegExp',
      'Set',
      'String',
    ],
    'Uint8Array',
  ],
};

const project = (displayName, folders, files = '*.test.ts') => ({
  ...common,
  displayName,
  testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/${files}`),
});

const CORE = [
  'detection',
  'trail',
  'messages',
  'notify',
  'pipeline',
  'alert',
  'backtest',
  'util',
  'synthetic-trail',
  'scenarios',
  'bench',
];

module.exports = {
  testTimeout: 120_000,
  // Some files wait for clocks, processes and registries, and with a worker a core it would stand idle.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  testSequencer: '<rootDir>/test/support/long-first.js',
  globalSetup: '<rootDir>/test/support/temp-root.ts',
  globalTeardown: '<rootDir>/test/support/temp-root-end.ts',
  projects: [
    project('core', CORE, '!(*.property|*.differential).test.ts'),
    project('properties', CORE, '*.{property,differential}.test.ts'),
    project('adapters', ['adapters', 'contracts']),
    { ...project('cli', ['cli']), globalSetup: '<rootDir>/test/support/build-cli.ts' },
    project('stack', ['lib']),
    project('simulation', ['simulation']),
    { ...project('e2e', ['e2e']), globalSetup: '<rootDir>/test/e2e/global-setup.ts' },
    project('package', ['package']),
  ],
};
