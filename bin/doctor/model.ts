/** The findings of `doctor` and its checks. */

import { RegionsweepError } from '../../lambda/errors';

export const RECENT_SECONDS = 3600;

export interface Finding {
  readonly status: 'pass' | 'warn' | 'fail' | 'skip';
  readonly text: string;
  /** what to do about it */
  readonly todo?: string | undefined;
  /** whether a request failed, so that it is no all-clear */
  readonly isUnread?: true;
}

/** A finding and its check. */
export interface Result extends Finding {
  readonly check: string;
  /** `trail NAME` or `stack NAME` */
  readonly subject: string;
}

/** Checks by name, in the order of output; each is a function of the facts. One whose facts cannot be read is skipped. */
export type Checks<F> = Readonly<Record<string, (facts: F) => Finding | Promise<Finding>>>;

export function runChecks<F>(checks: Checks<F>, subject: string, facts: F): Promise<Result[]> {
  const run = async ([check, find]: [string, Checks<F>[string]]) => {
    try {
      return { check, subject, ...(await find(facts)) };
    } catch (error) {
      if (!(error instanceof RegionsweepError)) throw error;
      return { check, subject, status: 'skip' as const, text: error.message, isUnread: true as const };
    }
  };
  return Promise.all(Object.entries(checks).map(run));
}

export const pass = (text: string): Finding => ({ status: 'pass', text });

export const skip = (text: string): Finding => ({ status: 'skip', text });

export const warn = (text: string, todo: string): Finding => ({ status: 'warn', text, todo });

export const fail = (text: string, todo: string): Finding => ({ status: 'fail', text, todo });

export function watchedPrefix({ prefix }: { readonly prefix: string | undefined }): string {
  return prefix === undefined ? 'AWSLogs/' : `${prefix}/AWSLogs/`;
}
