/** The results as tables of Markdown. */
import { cpus } from 'node:os';
import { CONTESTANTS } from './contestants';
import { type Measure, medianIn, type Race } from './race';
import { type Figure, goalText, TARGETS, type Target, valueText, verdictOf } from './targets';

/** Which machine it was; figures of another one are not compared with these. */
export function machineLine(rounds: number): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const node = `Node ${process.version.slice(1)}`;
  return `${model}, ${processors.length} cores, ${process.platform} ${process.arch}, ${node}; medians of ${rounds} interleaved rounds.`;
}

export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure, at) => {
    const target: Target = TARGETS[figure.name];
    return [
      target.title,
      valueText(target.unit, figure.value),
      figure.limit === undefined ? '–' : valueText(target.unit, figure.limit),
      goalText(target, target.must),
      goalText(target, target.stretch),
      verdictOf(figure),
      at > 0 && figure.note === figures[at - 1]?.note ? 'same' : figure.note,
    ];
  });
  return table(['figure', 'measured', 'limit', 'must reach', 'stretch', '', 'on'], rows);
}

export function raceTable(ran: Race): string {
  const { raw } = ran.corpus;
  const rows = [...ran.laps].map(([name, lap]) => {
    const { title } = CONTESTANTS[name];
    if (lap.kind === 'void') return [title, '–', '–', '–', '–', lap.reason];
    const of = (measure: Measure) => medianIn(ran, measure, name);
    const rate = `${(raw / 1e6 / of('wall')).toFixed(0)} MB/s`;
    return [title, of('wall').toFixed(2), of('cpu').toFixed(2), of('peak').toFixed(0), rate, 'right'];
  });
  const columns = ['whole process', 'seconds', 'processor seconds', 'peak MB', 'of JSON', 'answer'];
  return table(columns, rows);
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}
