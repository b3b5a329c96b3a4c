const Sequencer = require('@jest/test-sequencer').default;

/** The longest files, longest first. */
const LONG = [
  'package/pack',
  'lib/stack',
  'adapters/inflate-zlib',
  'e2e/pipeline',
  'lib/bundle',
  'cli/threads',
  'cli/athena',
  'trail/simd-scanner.differential',
  'cli/replay-deployed',
  'cli/event-history',
  'trail/record-scanner.differential',
  'simulation/mutations',
  'cli/replay-s3',
  'simulation/simulation',
  'cli/input-forms',
  'cli/interruption-aws',
  'cli/s3-faults',
  'contracts/persisted-formats',
  'alert/verdict-scenes',
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
