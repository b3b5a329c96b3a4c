/** Says where in a block of 64 bytes lies what makes a record worth a look: a literal, or what may hide one. */

import { HIDABLE, LENGTHS, LISTS, LITERAL_SIZE, LITERALS, NEXT } from './places';
import { equals } from './record-fields';

/** The rule's call as JSON writes it; its `I` is looked at first, since few strings have one there. */
const CALL: string = '"DescribeInstances"';
export const RARE_AT: usize = 9;
export const RARE: u8 = 0x49;

/** @param places where in the block a quote lies that has RARE in its place */
export function callsAt(places: u64, block: usize): u64 {
  let found: u64 = 0;
  for (; places !== 0; places &= places - 1) {
    if (equals(block + <usize>ctz(places), CALL)) found |= places & -places;
  }
  return found;
}

/** @param closing the closing quotes of the block */
export function literalsAt(closing: u64, block: usize): u64 {
  let found: u64 = 0;
  for (; closing !== 0; closing &= closing - 1) {
    const quote = block + <usize>ctz(closing);
    let literal = <usize>load<u16>(LISTS + (hashAt(quote - 4) << 1));
    while (literal !== 0 && !endsAt(quote, literal)) literal = <usize>load<u16>(NEXT + (literal << 1));
    if (literal !== 0) found |= closing & -closing;
  }
  return found;
}

/** Of the four bytes there; the host makes its lists by the same one. */
function hashAt(place: usize): usize {
  return (load<u32>(place) * 0x9e3779b1) >> 20;
}

function endsAt(quote: usize, literal: usize): bool {
  const length = <usize>load<u8>(LENGTHS + literal);
  const text = LITERALS + literal * LITERAL_SIZE;
  let i = length - 1;
  while (i > 0 && load<u8>(quote - i) === load<u8>(text + length - 1 - i)) i--;
  return i === 0;
}

/** @param slashes all backslashes of the block, be they escaped themselves or not */
export function mayBeHidden(slashes: u64, block: usize): u64 {
  let found: u64 = 0;
  for (; slashes !== 0; slashes &= slashes - 1) {
    const from = block + <usize>ctz(slashes);
    // \u00, and the code of a character
    if (load<u32>(from) !== 0x3030755c) continue;
    const code = (hexValue(load<u8>(from, 4)) << 4) | hexValue(load<u8>(from, 5));
    if (load<u8>(HIDABLE + (<usize>code & 255)) !== 0) found |= slashes & -slashes;
  }
  return found;
}

function hexValue(digit: u8): u32 {
  return (<u32>digit & 15) + 9 * (<u32>digit >> 6);
}
