/** What the records say of the program that called: a page, a shell, a tool, or what claims to be one. */

import { present } from '../../util/values';
import { type ToolKind, toolNamed, toolOfSession } from '../evidence/known-tools';
import { sessionNameOf } from '../identity';
import type { Checks, Finding, Sweep } from '../model';
import { join, text, trusted, untrusted } from '../text';
import { callsWith, inMiddle, share } from './quantify';

const MAX_NAMED = 3;

const CONSOLE_FIELDS = 'sessionCredentialFromConsole, userIdentity.invokedBy, tlsDetails, userAgent';

export const AGENT_CHECKS: Checks = {
  'console-page': {
    verdict: 'likely-benign',
    headline: 'console page',
    why: 'AWS writes all of them but the user agent. A stolen console session looks the same in a browser, and so does a program over plain HTTP, which EC2 answers too. Confirm with the user that they were in the console, from that address.',
    field: CONSOLE_FIELDS,
    calls: ({ evidence }) => evidence.consoleUses.page,
    says: () =>
      text`used console-session credentials as the console’s pages do (a browser’s or AWS’s own user agent, no TLS details): most likely a page that shows many regions`,
    inPart: { verdict: 'context', headline: 'partly a console page' },
  },
  'console-shell': {
    verdict: 'context',
    headline: 'CloudShell',
    why: 'Someone typed or ran a script in the console. Whoever has the console session has the shell: confirm with the user, and check where they signed in from.',
    field: CONSOLE_FIELDS,
    calls: ({ evidence }) => evidence.consoleUses.shell,
    says: ({ evidence: { arns, distinct } }) => {
      const session = distinct.arns > 1 ? undefined : sessionNameOf(arns[0]?.value ?? '');
      const who = session === undefined ? [] : text`, in the session ${untrusted(session, 64)}`;
      return text`used console-session credentials in a shell in the console (CloudShell, as the user agent says)${who}`;
    },
  },
  'console-program': {
    verdict: 'suspicious',
    headline: 'console credentials in a program',
    why: 'The console’s pages reach EC2 through AWS’s own hosts, which leave no TLS details. A program with their credentials means that someone took them out of the console, with a tool made for it or by theft.',
    field: CONSOLE_FIELDS,
    calls: ({ evidence }) => evidence.consoleUses.program,
    says: () =>
      text`used console-session credentials, but not as the console’s pages do (by TLS details or user agent)`,
  },
  'console-agent': {
    verdict: 'context',
    why: 'The caller chooses the user agent; AWS writes sessionCredentialFromConsole. Older records lack that field.',
    field: 'userAgent',
    // A service calls as AWS Internal, too.
    calls: ({ evidence: { fromConsole, claims, invokedBy } }) =>
      fromConsole > 0 || invokedBy.length > 0 ? 0 : callsWith(claims, (claim) => toolNamed(claim).kind === 'console'),
    says: () =>
      text`claimed the AWS console as user agent, but no record that was read says that a console session made them`,
  },
  'attack-tool': {
    verdict: 'suspicious',
    why: 'Offensive tooling, or a system made for it. Check whether a penetration test is running.',
    field: 'userAgent',
    find: (sweep) => claimsOf(sweep, (kind) => kind === 'attack'),
  },
  tool: {
    verdict: 'context',
    why: 'A caller can choose any user agent. Compare it with what this identity uses on other days.',
    field: 'userAgent',
    find: (sweep) => {
      const found = claimsOf(sweep, (kind) => !['attack', 'console', 'service'].includes(kind));
      const isAudit = sweep.evidence.claims.some(({ value }) => toolNamed(value).kind === 'audit');
      const why =
        'Audit tools call every region; attackers use them too. Check whether yours runs with this identity and from this address. A caller can choose any user agent.';
      return found && (isAudit ? { ...found, why } : found);
    },
  },
  'agent-contradiction': {
    verdict: 'suspicious',
    headline: 'user agent contradicts itself',
    why: 'A user agent that was made up seldom fits: Pacu on an attack system sends an old one of Windows, to which Boto3 adds its own version.',
    field: 'userAgent, userIdentity, eventTime',
    calls: ({ evidence }) => callsWith(evidence.contradictions),
    says: ({ evidence: { contradictions } }) => {
      const texts = contradictions.slice(0, MAX_NAMED).map(({ value }) => untrusted(value, 200));
      return text`had a user agent that contradicts itself or the call: ${join(texts, '; ')}`;
    },
  },
};

/** What user agents and session names claim, each with its calls. */
function claimsOf(sweep: Sweep, isWanted: (kind: ToolKind) => boolean): Pick<Finding, 'headline' | 'text'> | undefined {
  const { claims, arns, consoleUses } = sweep.evidence;
  const wanted = claims.filter(({ value }) => isWanted(toolNamed(value).kind)).slice(0, MAX_NAMED);
  const toolOf = (arn: string) => toolOfSession(sessionNameOf(arn) ?? '');
  const session = arns.flatMap(({ value }) => toolOf(value) ?? []).find((tool) => isWanted(toolNamed(tool).kind));
  const named = callsWith(arns, (arn) => session !== undefined && toolOf(arn) === session);
  const shares = wanted.map(({ value, calls }) => text`${untrusted(value, 60)} (${inMiddle(share(sweep, calls))})`);
  const texts = present([
    shares.length > 0 && text`The user agent claims ${join(shares, ', ')}.`,
    session !== undefined &&
      text`${share(sweep, named)} came from a session with the name that ${trusted(session)} gives its sessions.`,
  ]);
  if (texts.length === 0) return undefined;
  const names = new Set(present([...wanted.map(({ value }) => toolNamed(value).name), session]));
  // Next to a console page the browser is no news.
  const headline = consoleUses.page > 0 ? undefined : [...names].slice(0, MAX_NAMED).join(' and ');
  return { headline, text: join(texts, ' ') };
}
