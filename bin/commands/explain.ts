import { UsageError } from '../../lambda/errors';
import { REPLAY_ID } from '../../lambda/messages/control-message';
import { type AddCommand, ExitCode } from '../cli/io';
import { ASN, AWS_REGION, clientSettings, examples, formatOption, integer, matching, PROFILE } from '../cli/options';
import { FORMATS } from '../cli/output';

const ALERT_ID = matching(/^[0-9a-f]{32}$/, '32 hexadecimal digits, as alerts and regionsweep alerts show them');

export const addExplain: AddCommand = (program, run) => {
  program
    .command('explain')
    .description('Rebuild a sent alert from its log files, and verify them against CloudTrail digest files.')
    .argument('<alert-id>', 'id of the alert', ALERT_ID)
    .requiredOption('--stack <name>', 'stack of the detector')
    .option('--replay <id>', 'an alert of this replay instead of a live one', matching(REPLAY_ID, 'a replay id'))
    .addOption(formatOption(FORMATS, 'ndjson'))
    .option('--out <file>', 'write the output to a file instead of standard output; its name may choose the format')
    .option('--around <minutes>', 'look for other activity this long before and after (default: 5)', integer(1, 720))
    .addOption(ASN)
    .option('--verify', 'compare its log files with the digest files of CloudTrail')
    .option('--public-key <file>', 'with --verify: public keys in PEM, instead of asking CloudTrail')
    .addOption(PROFILE)
    .addOption(AWS_REGION)
    .addHelpText(
      ...examples({
        'regionsweep explain 0f3a5c7e9b1d2f4a6c8e0b2d4f6a8c0e --stack regionsweep': 'the alert again',
        'regionsweep explain 0f3a5c7e9b1d2f4a6c8e0b2d4f6a8c0e --stack regionsweep --around 60 --format html --out alert.html':
          'an hour around it, as a page',
        'regionsweep explain 0f3a5c7e9b1d2f4a6c8e0b2d4f6a8c0e --stack regionsweep --verify': 'as evidence',
      }),
    )
    .action(
      run(async (console, id, options) => {
        const { replay, verify = false, publicKey } = options;
        if (publicKey !== undefined && !verify) throw new UsageError('--public-key requires --verify');
        const client = await clientSettings(options, console);
        const { explain } = await import('../explain/explain.js');
        const isComplete = await explain(id, { ...options, replayId: replay, verify, client }, console);
        if (console.interrupted.aborted) return ExitCode.Interrupted;
        return isComplete ? ExitCode.Ok : ExitCode.Incomplete;
      }),
    );
};
