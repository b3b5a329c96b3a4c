import type { Fact } from './facts';

const LABEL_WIDTH = 12;

/**
 * Facts as lines: labels in one column, values in the next, broken where they are too wide.
 * @param safe makes a value fit to show
 */
export function factLines(facts: readonly Fact[], width: number, safe: (value: string) => string): string[] {
  return facts.flatMap(({ label, values }) =>
    values.flatMap((value, index) => row(index === 0 ? label : '', safe(value), width)),
  );
}

function row(label: string, text: string, width: number): string[] {
  const room = width - LABEL_WIDTH - 2;
  const characters = [...text];
  const lines: string[] = [];
  for (let at = 0; at === 0 || at < characters.length; at += room) {
    const start = (at === 0 ? label : '').padEnd(LABEL_WIDTH);
    lines.push(`  ${start}${characters.slice(at, at + room).join('')}`);
  }
  return lines;
}
