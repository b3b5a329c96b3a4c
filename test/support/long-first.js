const Sequencer = require('@jest/test-sequencer').default;

/** The longest files, longest first. */
const LONG = [
  'package/pack',
  'lib/stack',
  'lib/bundle',
  'cli/threads',
  'e2e/pipeline',
  'cli/athena',
  'simulation/simulation',
  'adapters/inflate-zlib',
  'adapters/inflate-zlib-sync',
  'trail/simd-scanner.differential',
  'cli/replay-deployed',
  'cli/event-history',
  'trail/record-scanner.differential',
  'simulation/mutations',
  'cli/replay-s3',
  'cli/input-forms',
  'cli/interruption-aws',
  'cli/s3-faults',
  'contracts/persisted-formats',
  'alert/verdict-scenes',
  'alert/hostile-text.property',
  'alert/limits.property',
  'trail/cut',
  'adapters/inflate-stream',
  'adapters/store-units',
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
