import { type Backtest, backtest } from '../../lambda/backtest/backtest';
import {
  BACKTEST_FORMATS,
  type BacktestFormat,
  type ReadSummary,
  renderBacktestJson,
} from '../../lambda/backtest/report';
import type { Setting } from '../../lambda/backtest/settings';
import { DEFAULT_PARAMETERS } from '../../lambda/detection/rule';
import { AbandonedError } from '../../lambda/errors';
import type { Replay } from '../../lambda/pipeline/replay';
import { sanitizeJson } from '../../lambda/util/sanitize';
import { type Console, type ExitCode, turns } from '../cli/io';
import { openText } from '../cli/output';
import { formatMany } from '../cli/progress';
import type { TrailPaths } from '../inputs/model';
import { exceptionsOf, inputsOf, type LocalReading, type LocalRun, readLocal } from './replay-local';

interface BacktestRun extends LocalReading {
  readonly setting: Setting;
  readonly format?: BacktestFormat | undefined;
  /** a file for the proposed exceptions */
  readonly propose?: string | undefined;
}

/** The callers of a call are grouped once all is read; of its time the second counts, so that windows may be any. */
const RULE = { ...DEFAULT_PARAMETERS, groupBy: 'issuer', windowSeconds: 300 } as const;

/** Reads a trail once, and compares all settings over it. @throws UsageError */
export async function runBacktest(trail: TrailPaths, options: BacktestRun, console: Console): Promise<ExitCode> {
  const { setting, propose, out } = options;
  const exceptions = await exceptionsOf(options, console);
  const inputs = inputsOf(trail, options);
  const output = await openText(console, { ...options, inputs }, BACKTEST_FORMATS, 'json');
  const others = out === undefined ? inputs : [...inputs, out];
  const proposed = { out: propose, option: '--propose', inputs: others };
  const proposals = propose === undefined ? undefined : await openText(console, proposed, ['json'], 'json');
  const finish = async (run: LocalRun) => {
    const { replay } = run;
    const { interrupted } = console;
    const isStopped = interrupted.aborted;
    const next = turns();
    const turn = async () => {
      await next();
      // What was read until Ctrl-C is compared; half a comparison says nothing.
      if (interrupted.aborted && !isStopped)
        throw new AbandonedError('PARTIAL, stopped before the settings were compared');
    };
    run.endProgress();
    const found = await backtest(replay.calls, { setting, exceptions, now: console.time(), turn });
    const read = summaryOf(replay);
    await output.write(render(found, read, setting, output.format));
    const entries = found.proposals.map(({ entry }) => entry);
    await proposals?.write([`${JSON.stringify({ exceptions: entries }, null, 2)}\n`]);
    const alerts = formatMany(found.alerts.length, 'alert');
    const written = propose === undefined ? '' : `, ${formatMany(entries.length, 'proposed exception')} in ${propose}`;
    return { found: `${found.settings.length} settings compared; ${alerts} with the one in question${written}` };
  };
  const use = { rule: RULE, keepsCallers: true, finish };
  return readLocal(trail, options, use, console);
}

function summaryOf({ totals, isPartial: partial, calls: { length, first, last } }: Replay): ReadSummary {
  const { objects, failedObjects, records, matchedCalls: calls, unattributed, outsideTime, faults } = totals;
  return {
    ...{ objects, failedObjects, records, calls, faults, partial },
    ...{ callsWithoutIdentity: unattributed, callsOutsideTime: outsideTime },
    ...(length === 0 ? { first: undefined, last: undefined } : { first, last }),
  };
}

/** Each format is loaded when it is used. */
async function* render(
  found: Backtest,
  read: ReadSummary,
  setting: Setting,
  format: BacktestFormat,
): AsyncIterable<string> {
  switch (format) {
    case 'table':
      yield (await import('../../lambda/backtest/render-text.js')).renderBacktestText(found, read, setting);
      break;
    case 'json':
      yield `${sanitizeJson(renderBacktestJson(found, read), 2)}\n`;
      break;
    case 'html':
      yield (await import('../../lambda/backtest/render-html.js')).renderBacktestHtml(found, read, setting);
      break;
  }
}
