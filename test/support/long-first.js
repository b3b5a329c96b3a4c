const Sequencer = require('@jest/test-sequencer').default;

/** The longest files, longest first. */
const LONG = [
  'package/pack',
  'e2e/pipeline',
  'lib/bundle',
  'trail/record-scanner.differential',
  'trail/simd-scanner.differential',
  'package/release',
  'cli/athena',
  'adapters/inflate-zlib-sync',
  'adapters/inflate-zlib',
  'alert/hostile-text.property',
  'simulation/mutations',
  'simulation/simulation',
  'simulation/load',
  'cli/replay-s3',
  'e2e/chains',
  'e2e/logs',
];

const rank = ({ path }) => {
  const at = LONG.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
  return at < 0 ? LONG.length : at;
};

/** A fresh clone has no times of earlier runs, and jest goes by the size of files: one long test would run alone at the end. */
module.exports = class extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const isTimed = sorted.some(({ duration }) => duration !== undefined);
    return isTimed ? sorted : sorted.sort((a, b) => rank(a) - rank(b));
  }
};
