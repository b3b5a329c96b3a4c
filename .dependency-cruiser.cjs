/** What may import what. Each floor of the house imports only what stands below it; types count as imports. */
const FLOORS = ['util', 'detection', 'trail', 'messages|state', 'alert', 'backtest', 'notify', 'pipeline', 'adapters'];

const floorRules = FLOORS.map((floor, level) => ({
  name: `floor-${floor.replace('|', '-')}`,
  comment: `lambda/${floor} imports only what stands below it (docs/design.md, "The house").`,
  severity: 'error',
  from: { path: `^lambda/(${floor})/` },
  to: {
    path: `^(lib|bin|lambda/(handler|settings)\\.ts|lambda/(${FLOORS.slice(level + 1).join('|') || '-'})/)`,
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    ...floorRules,
    {
      name: 'ground-floor',
      comment: 'errors.ts and ports.ts stand below every floor.',
      severity: 'error',
      from: { path: '^lambda/(errors|ports)\\.ts' },
      to: { path: '^(lib|bin|lambda/.+/)' },
    },
    {
      name: 'core-has-no-io',
      comment: 'The core takes its I/O through its ports, and uses no Node module but node:crypto, for hashes.',
      severity: 'error',
      from: { path: '^(lambda|bin/synthetic-trail)/', pathNot: '^lambda/(adapters/|handler\\.ts)' },
      to: { path: '@aws-sdk|@smithy|aws-cdk-lib|zlib-sync', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'core-has-no-node-modules',
      severity: 'error',
      from: { path: '^(lambda|bin/synthetic-trail)/', pathNot: '^lambda/(adapters/|handler\\.ts)' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'renderings-read-the-assessment',
      comment: 'What follows from the evidence is computed once, when an alert is built.',
      severity: 'error',
      from: { path: '^lambda/alert/render/' },
      to: { path: '^lambda/alert/(assemble\\.ts|triage/|guide/)' },
    },
    {
      name: 'lib-takes-settings-and-exceptions',
      comment: 'The constructs share with the function its settings, its exceptions, and names.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(bin/|lambda/(adapters|pipeline|notify|alert|trail)/|lambda/handler)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/assembly/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
