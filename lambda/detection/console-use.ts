import { valueAt } from '../util/values';
import type { TrailRecord } from './classify';

/** What made a call with the credentials of a console session: one of the console's pages, or a program. */
export type ConsoleUse = 'page' | 'program';

/** What the console's pages send; seen in recorded console sessions. A browser's agent reaches the record as well. */
export const PAGE_AGENT =
  /^\[?(?:(?:SRPS\/)?Mozilla\/|AWS Internal\b|(?:[\w ]+, )?aws-internal\/|[\w ,]*Console\b|EC2ConsoleFrontend\b|(?:[a-z0-9-]+\.)+amazonaws\.com)/;

/** The command line, CloudShell's too, and SDKs: they name themselves in front, or where they run. */
export const PROGRAM_AGENT = /\baws-cli\/|\bboto(?:3|core)\b|\bexec-env\//i;

/**
 * Who used the console's credentials for a call, if they are that. A page's calls come from AWS's own hosts and have no
 * `tlsDetails`; CloudShell, and credentials that were taken out of a console session, call the endpoint over TLS.
 * Source: CloudTrail user guide, "Record contents"; recorded console sessions.
 */
export function consoleUseOf(record: TrailRecord): ConsoleUse | undefined {
  const { sessionCredentialFromConsole: flag, userAgent, tlsDetails } = record;
  const isConsole =
    flag === true || flag === 'true' || valueAt(record, 'userIdentity', 'invokedBy') === 'signin.amazonaws.com';
  if (!isConsole) return undefined;
  const agent = typeof userAgent === 'string' ? userAgent.slice(0, 2000) : '';
  const isDirect = tlsDetails !== undefined && tlsDetails !== null;
  return !isDirect && PAGE_AGENT.test(agent) && !PROGRAM_AGENT.test(agent) ? 'page' : 'program';
}
