import { PARTIAL } from '../cli/interruption';
import { type AddCommand, ExitCode } from '../cli/io';
import { AWS_REGION, clientSettings, examples, PROFILE } from '../cli/options';

export const addDoctor: AddCommand = (program, run) => {
  program
    .command('doctor')
    .description('Check a trail before deployment, or a deployed detector, and say what to do. Changes nothing.')
    .option('--source [trail]', 'before deployment: check this trail, by default every trail of the account')
    .option('--stack <name>', 'after deployment: check the detector of this stack, and its trail')
    .option('--json', 'write JSON')
    .addOption(PROFILE)
    .addOption(AWS_REGION)
    .addHelpText(
      ...examples({
        'regionsweep doctor --source': 'which trail fits, and the command that deploys for it',
        'regionsweep doctor --source company-trail --aws-region eu-west-1': 'one trail',
        'regionsweep doctor --stack regionsweep': 'why are there no alerts?',
        'regionsweep doctor --stack regionsweep --json': 'for scripts: exits 0 where no check failed',
      }),
    )
    .action(
      run(async (console, { source, stack, json = false, ...options }) => {
        const { examine, isClear, renderReport } = await import('../doctor/report.js');
        const subject = { stack, source: source ?? (stack === undefined ? true : undefined) };
        const report = await examine({ ...subject, client: await clientSettings(options, console) }, console);
        console.stdout.write(renderReport(report, json));
        if (console.interrupted.aborted) {
          console.stderr.write(`${PARTIAL}\n`);
          return ExitCode.Interrupted;
        }
        return isClear(report) ? ExitCode.Ok : ExitCode.Incomplete;
      }),
    );
};
