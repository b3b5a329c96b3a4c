import type { Collector } from './collector';
import { LONGEST_VALUE } from './counts';
import { isIp } from './neighbourhood';

const [QUOTE, SLASH, BACKSLASH] = [0x22, 0x2f, 0x5c];

/**
 * Texts of which a record has one that tells something of these hits: their actors, the keys that somebody may have
 * handed out, and the addresses where others may have been.
 */
export function needlesOf(collectors: Iterable<Collector>): ReadonlySet<string> {
  const needles = new Set<string>();
  for (const { hit, counts } of collectors) {
    needles.add(needleOf(hit.actor));
    for (const key of counts.values('accessKeyIds')) needles.add(needleOf(key));
    for (const address of counts.values('sourceAddresses')) if (isIp(address)) needles.add(needleOf(address));
  }
  return needles;
}

/** A text in JSON, as far back from its end as JSON spells it one way only, but for what the scanner knows. */
function needleOf(text: string): string {
  // What is as long as that was cut, and says nothing of its end.
  if (text.length >= LONGEST_VALUE) return '';
  let from = text.length;
  while (from > 0 && isPlain(text.charCodeAt(from - 1))) from--;
  return from === 0 ? `"${text}"` : `${text.slice(from)}"`;
}

/** Whether it is ASCII that is never behind a backslash of its own; a slash may be. */
function isPlain(code: number): boolean {
  return code >= 0x20 && code < 0x7f && code !== QUOTE && code !== SLASH && code !== BACKSLASH;
}
