/** Commands and queries that more than one step is made of. Values put in must be safe: see `quoting.ts`. */
import type { Alert } from '../alert';
import { sqlText } from '../quoting';
import { say, type Text } from '../text';
import type { Subject } from './subject';

/** Keys named in a query: what one session a region takes, and a query that can still be read. */
const MOST_KEYS = 20;

/** A shell's loop over regions, four a line; `$region` stands for each of them in the body. */
export function forEachRegion(regions: readonly string[], body: readonly string[]): string[] {
  return [
    `for region in ${regions.slice(0, 4).join(' ')}${regions.length > 4 ? ' \\' : '; do'}`,
    ...regionLines(regions.slice(4)),
    ...body.map((line) => `  ${line}`),
    'done',
  ];
}

function regionLines(regions: readonly string[]): string[] {
  const lines: string[] = [];
  for (let at = 0; at < regions.length; at += 4) {
    const isLast = at + 4 >= regions.length;
    lines.push(`    ${regions.slice(at, at + 4).join(' ')}${isLast ? '; do' : ' \\'}`);
  }
  return lines;
}

/** `IN ('…', '…')`, two a line. */
export function inKeys(keyIds: readonly string[]): string[] {
  const shown = keyIds.slice(0, MOST_KEYS).map((keyId) => `'${keyId}'`);
  if (shown.length === 1) return [`= ${shown[0]}`];
  const lines: string[] = [];
  for (let at = 0; at < shown.length; at += 2) lines.push(`    ${shown.slice(at, at + 2).join(', ')}`);
  return ['IN (', ...lines.map((line, index) => (index === lines.length - 1 ? `${line})` : `${line},`))];
}

/** Whom to filter records by in SQL. */
export interface Condition {
  readonly lines: readonly string[];
  /** what it leaves out */
  readonly lacks?: Text | undefined;
}

/** The narrowest condition that takes all the actor did; by its keys where its name cannot be quoted safely. */
export function conditionOf({ alert, keyIds }: Subject): Condition | undefined {
  const { actor, evidence } = alert;
  const count = evidence.distinct.accessKeyIds;
  if (keyIds.length === 1 && count === 1) return byKeys(keyIds);
  const name = sqlText(actor);
  if (name !== undefined) return { lines: [`${fieldOf(alert)} = ${name}`] };
  if (keyIds.length === 0) return undefined;
  const named = Math.min(keyIds.length, MOST_KEYS);
  return {
    ...byKeys(keyIds),
    lacks:
      named === count
        ? say`by its keys, since its name would become a link here`
        : say`by ${named} of its ${count} keys, since its name would become a link here: add the others, or put in its ARN by hand`,
  };
}

function byKeys(keyIds: readonly string[]): Condition {
  const [first, ...rest] = inKeys(keyIds);
  return { lines: [`useridentity.accesskeyid ${first}`, ...rest] };
}

function fieldOf({ actor, rule }: Alert): string {
  if (!actor.startsWith('arn:')) return 'useridentity.principalid';
  return rule.groupBy === 'issuer' && actor.includes(':role/')
    ? 'useridentity.sessioncontext.sessionissuer.arn'
    : 'useridentity.arn';
}

/** The time at which the command is run, within a text in single quotes. */
const NOW = `'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'`;

/**
 * A policy that denies everything to sessions opened before it is run, in single quotes, for a shell. Long-lived keys have
 * no issue time, so it leaves them alone; source: IAM user guide, "Disabling permissions for temporary credentials".
 * @param more conditions beside, as JSON
 */
export function olderSessionsDenied(more = ''): string[] {
  return [
    `'{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*",`,
    `"Condition":{${more}"DateLessThan":{"aws:TokenIssueTime":"${NOW}"}}}]}'`,
  ];
}
