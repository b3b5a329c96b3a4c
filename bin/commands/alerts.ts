import { type Command, Option } from 'commander';
import { type AwsOptions, addAwsOptions } from '../aws-options';
import type { Console } from '../console';
import type { ExitCode } from '../exit-code';
import { JOURNAL_FORMATS, type JournalFormat } from '../journal-output';
import { instant } from '../options';

export interface AlertsOptions extends AwsOptions {
  readonly stack: string;
  readonly since?: number;
  readonly until?: number;
  readonly held?: boolean;
  readonly replay?: string;
  readonly format?: JournalFormat;
}

export function addAlertsCommand(program: Command, run: (options: AlertsOptions) => Promise<void>): void {
  const command = program
    .command('alerts')
    .description('List what a deployed detector told, held back and followed up.')
    .requiredOption('--stack <name>', 'the stack of the detector')
    .option(
      '--since <time>',
      'what was told from this day or time on, UTC (default: the last 7 days)',
      instant,
    )
    .option('--until <time>', 'what was told before this day or time, UTC', instant)
    .option('--held', 'only what was not told: held back by the cap, or suppressed')
    .option('--replay <id>', 'of this replay, instead of what is live')
    .addOption(
      new Option('--format <format>', 'form of the list (default: table on a terminal, else ndjson)').choices(
        JOURNAL_FORMATS,
      ),
    );
  addAwsOptions(command).action(run);
}

export function runAlerts(options: AlertsOptions, console: Console): Promise<ExitCode> {
  // Loaded with all of the SDK, when it is asked for.
  const { listAlerts } = require('../stack/list-alerts') as typeof import('../stack/list-alerts');
  return listAlerts(options, console);
}
