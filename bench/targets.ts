/** The figures and what they must reach. */

export interface Target {
  readonly title: string;
  /** whether smaller or larger is better */
  readonly better: 'smaller' | 'larger';
  readonly must: number;
  readonly stretch?: number;
  /** after the number; `x` stands for a ratio */
  readonly unit: 'x' | '%' | 'MB' | 'µs';
}

const ratio = (title: string, better: Target['better'], must: number, stretch?: number): Target => ({
  ...{ title, better, must, unit: 'x' },
  ...(stretch === undefined ? {} : { stretch }),
});

export const TARGETS = {
  wall: ratio('replay, time ÷ DuckDB’s (2 threads, columns given)', 'smaller', 0.65, 0.5),
  cpu: ratio('replay, processor time ÷ DuckDB’s', 'smaller', 0.65, 0.5),
  peak: ratio('replay, peak memory ÷ DuckDB’s', 'smaller', 0.7, 0.5),
  naive: ratio('replay ÷ gunzipSync + JSON.parse, throughput', 'larger', 5, 6),
  jq: ratio('replay ÷ zcat | jq, throughput', 'larger', 10),
  memory: { title: 'replay, peak memory', better: 'smaller', must: 160, unit: 'MB' },
  memoryOfOne: {
    title: 'one object of 200 MB of JSON, peak memory',
    better: 'smaller',
    must: 160,
    unit: 'MB',
  },
  tiny: ratio('tiny objects: replay ÷ gunzipSync + JSON.parse, throughput', 'larger', 2),
  filter: ratio('one thread: read + inflate + filter ÷ read + inflate, throughput', 'larger', 0.75, 0.9),
  flat: {
    title: 'time an object, from 1,000 to 100,000 objects: slowest over fastest',
    better: 'smaller',
    must: 15,
    unit: '%',
  },
  start: ratio('function: start ÷ that of its SDK clients and Powertools alone', 'smaller', 1.15, 1.05),
  object: {
    title: 'function: processor time an object of median size, without the SDK’s',
    better: 'smaller',
    must: 150,
    unit: 'µs',
  },
  store: ratio('ledger: units an object ÷ the design’s model, worst case', 'smaller', 1),
} as const satisfies Record<string, Target>;

export type FigureName = keyof typeof TARGETS;

export interface Figure {
  readonly name: FigureName;
  /** NaN where it could not be measured */
  readonly value: number;
  /** what it was measured on, or why it was not */
  readonly note: string;
}

export type Verdict = 'stretch' | 'pass' | 'miss' | 'not measured';

export function verdictOf({ name, value }: Figure): Verdict {
  const { better, must, stretch }: Target = TARGETS[name];
  if (Number.isNaN(value)) return 'not measured';
  const reaches = (goal: number) => (better === 'smaller' ? value <= goal : value >= goal);
  if (stretch !== undefined && reaches(stretch)) return 'stretch';
  return reaches(must) ? 'pass' : 'miss';
}

/** As `<= 0.65`, or a dash where there is none. */
export function goalText({ better, unit }: Target, goal: number | undefined): string {
  return goal === undefined ? '–' : `${better === 'smaller' ? '≤' : '≥'} ${valueText(unit, goal)}`;
}

export function valueText(unit: Target['unit'], value: number): string {
  if (Number.isNaN(value)) return '–';
  return unit === 'x' ? String(Number(value.toFixed(2))) : `${value.toFixed(0)} ${unit}`;
}
