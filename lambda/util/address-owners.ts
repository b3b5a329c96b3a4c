/** Who runs the network of an address, by the user's own files in MaxMind's form (.mmdb), never looked up online. */

import { Reader, type Response } from 'mmdb-lib';
import { isObject } from './values';

/** What a file says about an address; its texts are untrusted. */
export interface AddressOwner {
  readonly address: string;
  readonly asn?: number;
  readonly organization?: string;
  /** ISO 3166-1, two letters */
  readonly country?: string;
  readonly files: readonly string[];
}

/** Finds owners. An address in no file has none; a faulty file adds nothing. */
export interface AddressOwners {
  find(addresses: readonly string[]): Promise<readonly AddressOwner[]>;
}

export interface OwnerFile {
  readonly name: string;
  /** @throws Error if the file is corrupt at that address */
  readonly find: (address: string) => Omit<AddressOwner, 'address' | 'files'> | undefined;
}

/** Files are kept in memory. */
export const MAX_OWNER_FILE_BYTES = 128 * 2 ** 20;

const MAX_TEXT_LENGTH = 100;

/** A database of networks (ASN), of countries, or of both. @throws Error for any other file */
export function ownerFileOf(name: string, bytes: Uint8Array): OwnerFile {
  if (bytes.length > MAX_OWNER_FILE_BYTES) throw new Error(`it has more than ${MAX_OWNER_FILE_BYTES / 2 ** 20} MiB`);
  const reader = readerOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  const isOfVersion4 = reader.metadata.ipVersion === 4;
  return {
    name,
    find: (address) => {
      const found = isOfVersion4 && address.includes(':') ? undefined : reader.get(address);
      return isObject(found) ? ownerIn(found) : undefined;
    },
  };
}

function readerOf(bytes: Buffer): Reader<Response> {
  try {
    const reader = new Reader<Response>(bytes);
    reader.get('192.0.2.1');
    if (reader.metadata.nodeCount > 0) return reader;
  } catch {
    // The library's reasons would not help.
  }
  throw new Error('it is not a complete MaxMind database (.mmdb)');
}

/** The fields of MaxMind's and DB-IP's files, or those of IPinfo's. */
function ownerIn(record: Readonly<Record<string, unknown>>): ReturnType<OwnerFile['find']> {
  const codeIn = (place: unknown) => (isObject(place) ? place.iso_code : place);
  const country = [record.country, record.registered_country, record.country_code].map(codeIn).find(isCountry);
  const asn = numberIn(record.autonomous_system_number ?? record.asn);
  const organization = textIn(record.autonomous_system_organization ?? record.as_name);
  if (country === undefined && asn === undefined && organization === undefined) return undefined;
  return {
    ...(asn === undefined ? {} : { asn }),
    ...(organization === undefined ? {} : { organization }),
    ...(country === undefined ? {} : { country }),
  };
}

const isCountry = (code: unknown): code is string => typeof code === 'string' && /^[A-Z]{2}$/.test(code);

function numberIn(asn: unknown): number | undefined {
  const number = Number(typeof asn === 'string' ? asn.replace(/^AS/, '') : asn);
  return Number.isInteger(number) && number > 0 && number < 2 ** 32 ? number : undefined;
}

function textIn(name: unknown): string | undefined {
  return typeof name === 'string' && name !== '' ? name.slice(0, MAX_TEXT_LENGTH) : undefined;
}

/** The owners of addresses, each from the first file that knows it; `onFault` is given the faults of corrupt files. */
export function ownersOf(
  addresses: readonly string[],
  files: readonly OwnerFile[],
  onFault: (file: string, error: unknown) => void,
): AddressOwner[] {
  const find = ({ name, find }: OwnerFile, address: string) => {
    try {
      return find(address);
    } catch (error) {
      onFault(name, error);
      return undefined;
    }
  };
  return addresses.flatMap((address) => {
    const found = files.map((file) => ({ name: file.name, owner: find(file, address) }));
    const saying = found.filter(({ owner }) => owner !== undefined);
    if (saying.length === 0) return [];
    const merged = Object.assign({}, ...saying.map(({ owner }) => owner).reverse());
    return [{ address, ...merged, files: saying.map(({ name }) => name) }];
  });
}
