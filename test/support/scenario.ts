import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { TrailRecord } from '../../lambda/detection/classify';
import { ACCOUNT, iamUser, REGIONS, record, roleSession } from './records';

/** The form of a scenario file. Times are of 2026-11-24, UTC; unknown keys are refused, so that none is misspelt. */

const time = z.string().regex(/^\d\d:\d\d:\d\d$/);

const calls = z.strictObject({
  /** `user/NAME`, `role/ROLE/SESSION`, `console/USER`, `root`, `account/ID`, `service/NAME`, `nobody` */
  who: z.string().default('user/mallory'),
  /** another account than the usual one */
  account: z.string().optional(),
  /** one region, or a number of them, each called once; `session` `*` is then another in each */
  region: z.string().optional(),
  regions: z.int().optional(),
  /** how many of the first to leave out */
  skip: z.int().default(0),
  at: time,
  /** seconds from one region to the next */
  pace: z.number().default(1),
  denied: z.boolean().default(false),
  fields: z.record(z.string(), z.unknown()).default({}),
});

const parameters = z.strictObject({
  minRegions: z.int().optional(),
  minCalls: z.int().optional(),
  windowSeconds: z.int().optional(),
  windowing: z.enum(['tumbling', 'sliding']).optional(),
  groupBy: z.enum(['arn', 'issuer']).optional(),
  ignoreRegions: z.array(z.string()).optional(),
});

const scenario = z.strictObject({
  name: z.string(),
  why: z.string(),
  parameters: parameters.default({}),
  since: time.optional(),
  until: time.optional(),
  /** objects in the order they arrive; each lists its calls */
  objects: z.array(z.array(calls)).min(1),
  alerts: z.array(
    z.strictObject({
      actor: z.string(),
      start: time,
      end: time,
      regions: z.int(),
      calls: z.int(),
      denied: z.int().default(0),
      account: z.string().default(ACCOUNT),
    }),
  ),
  totals: z.record(z.string(), z.int()).default({}),
});

export type Scenario = z.output<typeof scenario>;

type Calls = z.output<typeof calls>;

export function readScenarios(folder: string): Scenario[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => scenario.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))));
}

export function instantOf(text: string): number {
  return Date.parse(`2026-11-24T${text}Z`) / 1000;
}

/** The records of one object. The same calls in two objects are the same records. */
export function recordsOf(lists: readonly Calls[]): TrailRecord[] {
  return lists.flatMap((list) => {
    const regions = list.region === undefined ? REGIONS.slice(0, list.regions ?? 1) : [list.region];
    return regions
      .map((region, index) => recordOf(list, region, instantOf(list.at) + Math.floor(index * list.pace)))
      .slice(list.skip);
  });
}

function recordOf({ who, account = ACCOUNT, denied, fields }: Calls, region: string, at: number): TrailRecord {
  const [kind, name = '', session = ''] = who.split('/');
  const page =
    kind === 'console'
      ? { sessionCredentialFromConsole: 'true', userAgent: 'AWS Internal', sourceIPAddress: 'AWS Internal' }
      : {};
  const identity = identityOf(kind!, name, session === '*' ? region : session, account);
  return record({
    at,
    region,
    denied,
    identity,
    fields: { recipientAccountId: ACCOUNT, ...page, ...fields },
  });
}

function identityOf(kind: string, name: string, session: string, account: string): TrailRecord | null {
  switch (kind) {
    case 'user':
    case 'console':
      return iamUser(name, account);
    case 'role':
      return roleSession(name, session, account);
    case 'root':
      return { type: 'Root', principalId: account, arn: `arn:aws:iam::${account}:root`, accountId: account };
    case 'account':
      return { type: 'AWSAccount', principalId: `AROA${name}:peer`, accountId: name };
    case 'service':
      return { type: 'AWSService', invokedBy: `${name}.amazonaws.com` };
    case 'nobody':
      return { type: 'Unknown' };
    default:
      throw new Error(`no such identity: ${kind}`);
  }
}
