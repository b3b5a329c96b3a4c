import * as ip from 'ipaddr.js';
import { IPv6 } from 'ipaddr.js';
import { getOrInsert } from '../util/values';

/** IPv4 without leading zeros, which some programs read as octal. */
const FOUR_PARTS = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

export function isIp(address: string): boolean {
  // The library is slow to reject what is no address, and evidence asks once per call.
  return address.includes(':') ? IPv6.isValid(address) : FOUR_PARTS.test(address);
}

type Address = ip.IPv4 | ip.IPv6;

/** Ranges for private use, in which one address stands for many hosts. Source: RFC 1918, 6598, 3927, 4193, 4291. */
const PRIVATE = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16', '127.0.0.0/8'],
  ...['fc00::/7', 'fe80::/10', '::1/128'],
].map((range) => rangeOf(range)!);

const MAX_REMEMBERED = 1000;

/** Characters of the longest address: six groups of IPv6 and an IPv4. */
const LONGEST = 45;

/** Which addresses are public: a trail has few, and evidence asks for each call. */
const known = new Map<string, boolean>();

/** Whether an address means the same host everywhere. */
export function isPublic(address: string): boolean {
  if (address.length > LONGEST) return false;
  if (known.size >= MAX_REMEMBERED) known.clear();
  return getOrInsert(known, address, () => {
    const parsed = addressOf(address);
    return parsed !== undefined && !PRIVATE.some((range) => matches(parsed, range));
  });
}

/** Whether two addresses are of one protocol: a host may have one of each, which cannot be compared. */
export const isOfOneProtocol = (one: string, other: string) => one.includes(':') === other.includes(':');

/** Whether the pattern of an exception covers addresses that are not public. */
export function coversPrivate(pattern: string): boolean {
  const range = rangeOf(pattern);
  return range !== undefined && PRIVATE.some((one) => matches(range.network, one) || matches(one.network, range));
}

/** What CloudTrail writes instead of an address: the name of a service, or `AWS Internal`. */
const SERVICE = /^(?:AWS Internal|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})$/;

const MAPPED_BITS = 96;

/** The test of an address (IPv4 also as `::ffff:192.0.2.1`), a range or a service; undefined for any other pattern. */
export function sourceMatcher(pattern: string): ((source: string) => boolean) | undefined {
  const range = rangeOf(pattern);
  if (range !== undefined) return (source) => matches(addressOf(source), range);
  return SERVICE.test(pattern) ? (source) => source === pattern : undefined;
}

export interface Range {
  readonly network: Address;
  readonly bits: number;
}

/** Parses a range in CIDR notation, or an address as a range of one; undefined for anything else. */
export function rangeOf(pattern: string): Range | undefined {
  const [address = '', bits, ...more] = pattern.split('/');
  if (more.length > 0) return undefined;
  const network = addressOf(address);
  if (network === undefined) return undefined;
  // Of a mapped address the prefix length counts from the start of the IPv6 form.
  const isMapped = network.kind() === 'ipv4' && address.includes(':');
  const most = network.kind() === 'ipv4' && !isMapped ? 32 : 128;
  const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (!(length <= most)) return undefined;
  if (!isMapped) return { network, bits: length };
  if (length >= MAPPED_BITS) return { network, bits: length - MAPPED_BITS };
  return { network: ip.parse(address), bits: length };
}

/** An address in its usual notation. Octal or missing parts and zones mean different things elsewhere. */
function addressOf(text: string): Address | undefined {
  if (FOUR_PARTS.test(text)) return new ip.IPv4(text.split('.').map(Number));
  const isUsual = text.includes(':') && IPv6.isValid(text) && !text.includes('%');
  return isUsual ? ip.process(text) : undefined;
}

function matches(address: Address | undefined, { network, bits }: Range): boolean {
  return address?.kind() === network.kind() && address.match([network, bits]);
}
