/** One entry of the exceptions as a user writes it. */
import { parseInstant } from '../time';
import * as z from '../zod';
import { saysSomething } from './glob';
import { isEverywhere, sourceMatcher } from './source-range';

const LONGEST_PATTERN = 500;
const LONGEST_TEXT = 500;

const text = (longest: number) => z.string().check(z.maxLength(longest));

const glob = text(LONGEST_PATTERN).check(
  z.minLength(1),
  z.refine(saysSomething, { error: 'matches everything; leave it out, or say more than * and ?' }),
);
const note = text(LONGEST_TEXT).check(
  z.refine((words) => words.trim() !== '', { error: 'must not be empty' }),
);

/** What a call must have, each field for itself. */
const conditions = {
  arn: glob,
  issuer: glob,
  account: z.string().check(z.regex(/^\d{12}$/, { error: 'must be twelve digits, as a text' })),
  source: text(LONGEST_PATTERN).check(
    z.refine((source) => sourceMatcher(source) !== undefined, {
      error: 'must be an IP address, a range such as 192.0.2.0/24, or a service such as ec2.amazonaws.com',
    }),
    z.refine((source) => !isEverywhere(source), { error: 'matches every address; leave it out' }),
  ),
  userAgent: glob,
  // IAM API reference, AccessKey: the form of an AccessKeyId.
  accessKeyId: z.string().check(z.regex(/^\w{16,128}$/, { error: 'must be an access key id such as AKIA…' })),
  consoleCredential: z.boolean(),
};

export const CONDITIONS = Object.keys(conditions) as (keyof typeof conditions)[];

/** The second at which an expiry is reached: that of an instant, or the end of a day. */
export function expirySecond(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return parseInstant(text);
  const start = parseInstant(`${text}T00:00:00Z`);
  return start === undefined ? undefined : start + 86_400;
}

export const exceptionEntry = z
  .strictObject({
    ...z.partial(z.object(conditions)).shape,
    reason: note,
    owner: note,
    expires: z.optional(
      z.string().check(
        z.refine((expiry) => expirySecond(expiry) !== undefined, {
          error: 'must be a day or a time, as 2026-11-24 or 2026-11-24T04:01:30Z',
        }),
      ),
    ),
  })
  .check(
    z.superRefine((entry, faults) => {
      if (CONDITIONS.some((field) => entry[field] !== undefined)) return;
      faults.addIssue({ code: 'custom', message: `needs at least one of ${CONDITIONS.join(', ')}` });
    }),
  );

/** All that is given must hold of a call for it to be passed over. */
export type ExceptionEntry = z.output<typeof exceptionEntry>;
