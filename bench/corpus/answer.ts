/** One identity and window with enough regions. */
export interface Found {
  /** epoch second */
  readonly windowStart: number;
  readonly actor: string;
  /** how many distinct ones */
  readonly regions: number;
}

/** What is to be found in a corpus, in any order. */
export type Answer = readonly Found[];

/** What differs between an answer and the right one, in a line; `undefined` when nothing does. */
export function differenceOf(given: Answer, right: Answer): string | undefined {
  const lines = (answer: Answer) =>
    answer.map(({ windowStart, actor, regions }) => `${windowStart} ${actor} ${regions}`).sort();
  const [found, known] = [lines(given), lines(right)];
  const missing = known.filter((line) => !found.includes(line));
  const surplus = found.filter((line) => !known.includes(line));
  if (missing.length + surplus.length === 0 && found.length === known.length) return undefined;
  const example = missing[0] === undefined ? `has ${surplus[0] ?? found[0]}` : `lacks ${missing[0]}`;
  return `${found.length} of ${known.length} detections; ${example}`;
}
