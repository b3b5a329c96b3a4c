import { chartOf } from '../../bench/chart';
import type { ContestantName } from '../../bench/contestants';
import type { Lap, Race } from '../../bench/race';
import { raceTable } from '../../bench/report';

const lap = (figure: number): Lap => ({ kind: 'measured', wall: [figure], cpu: [figure], peak: [figure] });
const RAN: Race = {
  corpus: { name: 'S', folder: '', answer: [], files: 1_500, raw: 20e6, stored: 4e6 },
  laps: new Map<ContestantName, Lap>([
    ['ours', lap(1)],
    ['duckdb', lap(4)],
    ['jq', { kind: 'void', reason: 'void, for another answer: 0 of 1 detections' }],
  ]),
};

it('draws who has figures, in proportion, in colours for light and dark', () => {
  const svg = chartOf(RAN);
  const lengths = [...svg.matchAll(/class="(ours|peer)" x="\d+" y="\d+" width="([\d.]+)"/g)];
  expect(lengths).toHaveLength(6);
  expect(Number(lengths[1]![2]) / Number(lengths[0]![2])).toBeCloseTo(4);
  expect(svg).toContain('prefers-color-scheme: dark');
  expect(svg).not.toContain('zcat');
});

it('gives a void figure no number, but its reason', () => {
  expect(raceTable(RAN)).toContain('| zcat \\| jq | – | – | – | – | void, for another answer: 0 of 1 detections |');
  expect(raceTable(RAN)).toContain('| regionsweep, 2 threads | 1.00 | 1.00 | 1 | 20 MB/s | right |');
});
