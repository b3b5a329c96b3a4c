import { formatInstant } from '../time';
import type { Alert } from './alert';
import type { OtherCall, OtherKind, SignIn } from './evidence/evidence';
import type { Row } from './report';
import { cut, given, LONGEST_VALUE, MOST_LISTED } from './rows';
import { joined, many, ours, quote, say, type Text } from './text';

/** Sign-ins are told one by one. */
const LISTED_KINDS: readonly OtherKind[] = ['sensitive', 'other', 'discovery'];

/** What else was seen of the actor, and who was seen beside it. */
export function otherRows(alert: Alert): Row[] {
  const { evidence } = alert;
  const { distinct, neighbours, siblings } = evidence;
  const kinds = LISTED_KINDS.map((kind) => ({
    label: kind,
    values: cut(
      evidence.otherCalls.filter((call) => call.kind === kind),
      distinct.otherCalls[kind],
      otherCallText,
      2 * MOST_LISTED,
    ),
  }));
  return given([
    ...kinds,
    { label: 'sign-in', values: signInsOf(alert) },
    {
      label: 'neighbours',
      values: cut(
        neighbours,
        distinct.neighbours,
        ({ actor, shares, calls }) => say`${quote(actor, 300)} ${calls}x from ${quote(shares, 60)}`,
      ),
    },
    {
      label: 'siblings',
      values: cut(
        siblings,
        distinct.siblings,
        ({ actor, calls, regions }) =>
          say`${quote(actor, 300)} ${calls}x in ${ours(many(regions, 'region'))}`,
      ),
    },
  ]);
}

/** The last ones, and before them what began the session. */
function signInsOf({ evidence: { signIns, distinct }, actor }: Alert): Text[] {
  const last = signIns.slice(-MOST_LISTED);
  const began = signIns.filter((one) => one.began && !last.includes(one)).slice(-1);
  return cut([...began, ...last], distinct.signIns, (one) => signInText(one, actor), MOST_LISTED + 1);
}

function signInText({ name, second, by, region, failed, detail, role }: SignIn, actor: string): Text {
  const who = by === actor ? [] : say` by ${quote(by, 300)}`;
  const what = role === undefined ? [] : say` of ${quote(role, 150)}`;
  const more = detail === undefined ? [] : say` (${quote(detail, 60)})`;
  return say`${ours(formatInstant(second))} ${quote(name, 60)}${what} in ${quote(region, 30)}${who}${more}${ours(failed ? ', failed' : '')}`;
}

/** Which files had arrived when it was decided, and what was looked for beside them. */
export function searchRows({ evidence: { search, distinct } }: Alert): Row[] {
  const { named, told, beside, lists, arrived, missing, notSearched } = search;
  const telling =
    told === named ? many(told, 'file') : `${told === 0 ? 'none' : told} of ${many(named, 'file')}`;
  const files = `${telling} that ${named === 1 ? 'tells' : 'tell'} of the calls${beside === 0 ? '' : `, ${beside} beside them for sign-ins, role assumptions and other calls`}`;
  return given([
    { label: 'read', values: [ours(`${files}${lists === 0 ? '' : ` (${many(lists, 'list request')})`}`)] },
    {
      label: 'arrived',
      values:
        arrived === undefined ? [] : [say`files of this time from ${ours(many(arrived.length, 'region'))}`],
    },
    {
      label: 'not yet',
      values:
        missing.length === 0
          ? []
          : [
              say`${joined(
                missing.map((region) => quote(region, 30)),
                ', ',
              )}: no file of this time yet, or nothing was called there`,
            ],
    },
    {
      label: 'not searched',
      values: cut(notSearched, distinct.notSearched, (what) => quote(what, LONGEST_VALUE), 2 * MOST_LISTED),
    },
  ]);
}

function otherCallText({ service, name, calls, failed, regions }: OtherCall): Text {
  const where = regions === 1 ? '' : ` in ${regions} regions`;
  const failures = failed === 0 ? '' : failed === calls ? ', failed' : `, ${failed} failed`;
  return say`${quote(service, 40)} ${quote(name, 80)} ${calls}x${ours(where + failures)}`;
}
