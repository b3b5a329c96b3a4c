import type { Caller } from '../../lambda/adapters/aws/lookups';
import type { ClientSettings } from '../../lambda/adapters/aws/sdk';
import { sanitize, sanitizeJson } from '../../lambda/util/sanitize';
import type { Console } from '../cli/io';
import { fail, pass, type Result, runChecks } from './model';
import { ACTIONS, FactReader } from './read';
import { STACK_CHECKS } from './stack-checks';
import { deployCommand, SOURCE_CHECKS, TRAIL_CHECKS } from './trail-checks';

type Report = Awaited<ReturnType<typeof examine>>;

interface Subject {
  readonly stack: string | undefined;
  /** a trail's name or ARN, or true for every trail */
  readonly source: string | true | undefined;
  readonly client: ClientSettings;
}

/** @throws ServiceError without usable credentials, or for no stack of regionsweep */
export async function examine(
  { stack, source, client }: Subject,
  console: Pick<Console, 'env' | 'time' | 'interrupted'>,
) {
  const reader = new FactReader(client, console);
  const caller = await reader.caller();
  const who = { check: 'credentials', subject: accountName(caller) };
  const deployed = stack === undefined ? [] : await examineStack(stack, reader, caller);
  const trails = source === undefined ? undefined : await examineSource(source, client.profile, reader, caller);
  const { results = [], deploy = [] } = trails ?? {};
  return {
    results: [{ ...who, ...pass(`${caller.arn}, in ${caller.region}`) }, ...deployed, ...results],
    // Commands that deploy a detector, one for each trail.
    deploy,
    // What the identity needs, if something was denied.
    policy: reader.denied.size === 0 ? undefined : POLICY,
  };
}

const POLICY = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: ACTIONS, Resource: '*' }] };

const accountName = ({ account }: Caller) => `account ${account}`;

async function examineStack(stackName: string, reader: FactReader, caller: Caller): Promise<Result[]> {
  const facts = await reader.stack(stackName, caller);
  const trails = await facts.trails.catch(() => []);
  const results = await Promise.all([
    runChecks(STACK_CHECKS, `stack ${stackName}`, facts),
    ...trails.map((trail) => runChecks(TRAIL_CHECKS, `trail ${trail.trail.name}`, trail)),
  ]);
  return results.flat();
}

async function examineSource(
  source: string | true,
  profile: string | undefined,
  reader: FactReader,
  caller: Caller,
): Promise<{ results: Result[]; deploy: string[] }> {
  const reading = reader.trails(caller, source === true ? undefined : source);
  const trails = await reading.catch(() => undefined);
  if (trails === undefined || trails.length === 0) {
    const none = async () => {
      await reading;
      return fail('no such trail logs in this region', 'The command below creates a new one');
    };
    return {
      results: await runChecks({ trails: none }, accountName(caller), undefined),
      deploy: trails === undefined ? [] : [`AWS_REGION=${caller.region} npx cdk deploy`],
    };
  }
  const checked = trails.map((facts) => runChecks(SOURCE_CHECKS, `trail ${facts.trail.name}`, facts));
  return {
    results: (await Promise.all(checked)).flat(),
    deploy: await Promise.all(trails.map((facts) => deployCommand(facts, profile))),
  };
}

/** Whether everything was checked and nothing failed. */
export function isClear({ results }: Report): boolean {
  return results.every(({ status, isUnread }) => status !== 'fail' && isUnread !== true);
}

/** Names in an account are untrusted. */
const MAX_LINE = 1000;

export function renderReport({ results, deploy, policy }: Report, asJson: boolean): string {
  if (asJson) {
    const shown = results.map(({ isUnread = false, ...result }) => ({ ...result, unread: isUnread }));
    return `${sanitizeJson({ results: shown, deploy, policy }, 2)}\n`;
  }
  const lines = [
    ...results.flatMap(({ status, subject, check, text, todo }) => [
      `${status}  ${subject}, ${check}: ${text}`,
      ...(todo === undefined ? [] : [`      ${todo}`]),
    ]),
    ...(deploy.length === 0 ? [] : ['', 'To deploy (add -c alertEmail=ADDRESS to receive the alerts):', ...deploy]),
    ...(policy === undefined ? [] : ['', 'This policy allows all that was denied:', JSON.stringify(policy)]),
  ];
  return lines.map((line) => `${sanitize(line, MAX_LINE)}\n`).join('');
}
