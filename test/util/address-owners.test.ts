import { type OwnerFile, ownerFileOf, ownersOf } from '../../lambda/util/address-owners';
import { type MmdbValue, mmdb } from '../support/mmdb';

const NETWORK = '203.0.113.0/24';

const fileOf = (record: MmdbValue, name = 'owners.mmdb') => ownerFileOf(name, mmdb({ [NETWORK]: record }));

it.each<[string, MmdbValue, object | undefined]>([
  [
    'a database of networks',
    { autonomous_system_number: 64500, autonomous_system_organization: 'Example Hosting' },
    { asn: 64500, organization: 'Example Hosting' },
  ],
  [
    'a database of countries',
    { country: { iso_code: 'NL' }, registered_country: { iso_code: 'DE' } },
    { country: 'NL' },
  ],
  ['one that knows where a network is registered alone', { registered_country: { iso_code: 'DE' } }, { country: 'DE' }],
  [
    'one of both',
    { asn: 'AS64500', as_name: 'Example Hosting', country: 'Netherlands', country_code: 'NL' },
    { asn: 64500, organization: 'Example Hosting', country: 'NL' },
  ],
  ['other fields', { traits: { is_anonymous: 1 } }, undefined],
  [
    'other types',
    { autonomous_system_number: 'x', autonomous_system_organization: 7, country: { iso_code: 7 } },
    undefined,
  ],
  ['a name of 10,000 characters', { as_name: 'x'.repeat(10_000) }, { organization: 'x'.repeat(100) }],
  ['a text', 'Example Hosting', undefined],
])('reads %s', (_what, record, owner) => {
  expect(fileOf(record).find('203.0.113.7')).toEqual(owner);
});

it('knows nothing of other addresses', () => {
  const { find } = fileOf({ as_name: 'x' });
  expect(['203.0.112.255', '203.0.114.0', '2001:db8::1', '::ffff:203.0.113.7'].map(find)).toEqual(
    Array(4).fill(undefined),
  );
});

it('takes what each of several files knows, of the first that knows it', () => {
  const files = [
    fileOf({ autonomous_system_number: 64500, country: { iso_code: 'NL' } }, 'asn.mmdb'),
    fileOf({ country: { iso_code: 'DE' } }, 'country.mmdb'),
    fileOf({ traits: 'none' }, 'other.mmdb'),
  ];
  expect(ownersOf(['198.51.100.1', '203.0.113.7'], files, fail)).toEqual([
    { address: '203.0.113.7', asn: 64500, country: 'NL', files: ['asn.mmdb', 'country.mmdb'] },
  ]);
});

const fail = () => {
  throw new Error('no fault was expected');
};

const whole = mmdb({ [NETWORK]: { as_name: 'x' } });

it.each<[string, Uint8Array]>([
  ['empty', Buffer.alloc(0)],
  ['of something else', Buffer.from('{"Records":[]}'.repeat(1000))],
  ['cut', whole.subarray(0, -20)],
  ['cut in its first half', whole.subarray(whole.length - 60)],
])('refuses a file that is %s', (_what, bytes) => {
  expect(() => ownerFileOf('x', bytes)).toThrow('it is not a complete MaxMind database (.mmdb)');
});

it('a file that is corrupt at an address loses only that address, and is reported', () => {
  const broken: OwnerFile = {
    name: 'broken.mmdb',
    find: () => {
      throw new RangeError('out of range');
    },
  };
  const faults: string[] = [];
  const files = [broken, fileOf({ country: { iso_code: 'NL' } })];
  expect(ownersOf(['203.0.113.7'], files, (name, error) => faults.push(`${name}: ${error}`))).toEqual([
    { address: '203.0.113.7', country: 'NL', files: ['owners.mmdb'] },
  ]);
  expect(faults).toEqual(['broken.mmdb: RangeError: out of range']);
});
