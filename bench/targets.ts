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
  wall: ratio('replay, time ÷ DuckDB’s (2 threads, columns given)', 'smaller', 0.55, 0.45),
  cpu: ratio('replay, processor time ÷ DuckDB’s', 'smaller', 0.55, 0.45),
  peak: ratio('replay, peak memory ÷ DuckDB’s', 'smaller', 0.58, 0.54),
  sweptWall: ratio('replay with 24 alerts, time ÷ DuckDB’s', 'smaller', 0.65, 0.5),
  sweptCpu: ratio('replay with 24 alerts, processor time ÷ DuckDB’s', 'smaller', 0.6, 0.5),
  naive: ratio('replay ÷ gunzipSync + JSON.parse, throughput', 'larger', 6, 8),
  jq: ratio('replay ÷ zcat | jq, throughput', 'larger', 12, 15),
  memory: { title: 'replay, peak memory', better: 'smaller', must: 160, unit: 'MB' },
  memoryOfOne: {
    title: 'one object of 200 MB of JSON, peak memory',
    better: 'smaller',
    must: 160,
    unit: 'MB',
  },
  tiny: ratio('tiny objects: replay ÷ read + inflate alone, throughput', 'larger', 0.75, 0.85),
  filter: ratio('one thread: read + inflate + filter ÷ read + inflate, throughput', 'larger', 0.79, 0.85),
  flat: {
    title: 'time an object, from 1,000 to 100,000 objects: slowest over fastest',
    better: 'smaller',
    must: 15,
    unit: '%',
  },
  cliVersion: { title: '`--version` beyond bare Node', better: 'smaller', must: 40, stretch: 25, unit: '%' },
  cliReplay: { title: 'replay of ten files beyond bare Node', better: 'smaller', must: 40, stretch: 25, unit: '%' },
  start: ratio('function: start ÷ that of its SDK clients and Powertools alone', 'smaller', 1.15, 1.05),
  object: {
    title: 'function: processor time an object of median size, without the SDK’s',
    better: 'smaller',
    must: 150,
    unit: 'µs',
  },
  store: ratio('state store: units an object ÷ the design’s model, worst case', 'smaller', 1),
} as const satisfies Record<string, Target>;

export type FigureName = keyof typeof TARGETS;

export interface Figure {
  readonly name: FigureName;
  /** NaN where it could not be measured */
  readonly value: number;
  /** the value of reading and inflating alone, in the same run, where that is its limit */
  readonly limit?: number;
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
