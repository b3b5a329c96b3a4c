const Sequencer = require('@jest/test-sequencer').default;

/** The longest files, longest first. */
const LONG = [
  'package/pack',
  'e2e/pipeline',
  'package/release',
  'lib/bundle',
  'cli/threads',
  'lib/stack',
  'cli/athena',
  'adapters/inflate-zlib',
  'simulation/simulation',
  'trail/record-scanner.differential',
  'trail/simd-scanner.differential',
  'cli/input-forms',
  'simulation/mutations',
  'alert/html',
  'cli/replay-deployed',
  'alert/verdict-scenes',
  'cli/replay-s3',
  'adapters/store-units',
  'trail/cut',
  'alert/hostile-text.property',
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
