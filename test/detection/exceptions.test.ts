import fc from 'fast-check';
import type { TrailRecord } from '../../lambda/detection/classify';
import { readEntries, readExceptions } from '../../lambda/detection/exception-document';
import { exceptionFor, sortByExpiry } from '../../lambda/detection/exceptions';
import { ConfigurationError } from '../../lambda/errors';
import { holds } from '../support/properties';
import { ACCOUNT, iamUser, MALLORY, record, roleSession, T0 } from '../support/records';

const WHY = { reason: 'nightly inventory', owner: 'platform team' };

const KEY = 'AKIAIOSFODNN7EXAMPLE';

const [VPCE, OTHER_VPCE] = ['vpce-0aaaaaaaaaaaaaaaa', 'vpce-0bbbbbbbbbbbbbbbb'];

function one(entry: object) {
  const { exceptions, faults } = readEntries([{ ...WHY, ...entry }]);
  expect(faults).toEqual([]);
  return exceptions[0]!;
}

const matches = (entry: object, of: TrailRecord) => one(entry).matches(of);

describe('an entry matches', () => {
  const session = record({ identity: roleSession('inventory', 'i-0abc') });
  const fromConsole = record({ fields: { sessionCredentialFromConsole: 'true' } });
  const from = (sourceIPAddress: unknown) => record({ fields: { sourceIPAddress } });
  const behind = (sourceIPAddress: string, vpcEndpointId: string | null = VPCE) =>
    record({ fields: { sourceIPAddress, vpcEndpointId } });
  const page = (userAgent: string, fields: TrailRecord = {}) =>
    record({ fields: { sessionCredentialFromConsole: 'true', userAgent, ...fields } });
  it.each<[string, object, TrailRecord, boolean]>([
    ['the ARN', { arn: MALLORY }, record(), true],
    ['the ARN by a glob', { arn: 'arn:aws:iam::*:user/mal?ory' }, record(), true],
    ['not another ARN', { arn: `${MALLORY}2` }, record(), false],
    ['not an identity without an ARN', { arn: '*a*' }, record({ identity: { accountId: ACCOUNT } }), false],
    ['not an identity that is none', { arn: '*a*' }, record({ identity: 'arn' }), false],
    ['the issuer', { issuer: 'arn:aws:iam::*:role/inventory' }, session, true],
    ['not an identity without an issuer', { issuer: 'arn:aws:iam::*' }, record(), false],
    ['the account', { account: ACCOUNT }, record(), true],
    ['not another account', { account: '999999999999' }, record(), false],
    [
      'the account the record is for, where the identity has none',
      { account: ACCOUNT },
      record({ identity: { accountId: '', principalId: 'AIDA' }, fields: { recipientAccountId: ACCOUNT } }),
      true,
    ],
    [
      'the account of the identity before that',
      { account: '999999999999' },
      record({ fields: { recipientAccountId: '999999999999' } }),
      false,
    ],
    ['an address', { source: '198.51.100.7' }, record(), true],
    ['a range', { source: '198.51.100.0/24' }, record(), true],
    ['a range, in a table with empty endpoints', { source: '198.51.100.0/24' }, behind('198.51.100.7', null), true],
    ['not outside of it', { source: '198.51.100.0/24' }, from('198.51.101.7'), false],
    ['an address written as IPv6', { source: '198.51.100.0/24' }, from('::ffff:198.51.100.7'), true],
    ['a range written as IPv6', { source: '::ffff:198.51.100.0/120' }, record(), true],
    ['IPv6 in any spelling', { source: '2001:DB8::/32' }, from('2001:0db8:0::1'), true],
    ['not IPv4 in a range of IPv6', { source: '2001:db8::/32' }, record(), false],
    ['not an address of octal parts', { source: '12.0.0.0/8' }, from('014.0.0.1'), false],
    ['a service', { source: 'ec2.amazonaws.com' }, from('ec2.amazonaws.com'), true],
    ['the consoles of AWS', { source: 'AWS Internal' }, from('AWS Internal'), true],
    ['not a service for an address', { source: '12.0.0.0/8' }, from('ec2.amazonaws.com'), false],
    ['not a source that is no text', { source: '12.0.0.0/8' }, from(12), false],
    ['a private address behind its endpoint', { source: '10.0.0.0/8', vpcEndpoint: VPCE }, behind('10.0.0.10'), true],
    ['not behind another', { source: '10.0.0.10', vpcEndpoint: VPCE }, behind('10.0.0.10', OTHER_VPCE), false],
    ['not behind none', { source: '10.0.0.10', vpcEndpoint: VPCE }, from('10.0.0.10'), false],
    ['not a public address behind an endpoint', { source: '198.51.100.7' }, behind('198.51.100.7'), false],
    ['a service behind any', { source: 'ec2.amazonaws.com' }, behind('ec2.amazonaws.com'), true],
    ['the endpoint', { vpcEndpoint: VPCE }, behind('10.0.0.10'), true],
    ['the user agent', { userAgent: 'aws-cli/2.* command/ec2.*' }, record(), true],
    ['not another user agent', { userAgent: 'Boto3/*' }, record(), false],
    ['brackets as they are', { userAgent: '[Boto3*]' }, record({ fields: { userAgent: '[Boto3/1]' } }), true],
    ['the key', { accessKeyId: KEY }, record({ identity: { ...iamUser('m'), accessKeyId: KEY } }), true],
    ['not another key', { accessKeyId: KEY }, record(), false],
    ['a console credential', { consoleCredential: true }, fromConsole, true],
    ['none but that', { consoleCredential: true }, record(), false],
    [
      'a console credential of a table',
      { consoleCredential: true },
      record({ fields: { sessionCredentialFromConsole: true } }),
      true,
    ],
    ['its absence', { consoleCredential: false }, record(), true],
    ['its absence alone', { consoleCredential: false }, fromConsole, false],
    ['a page of the console', { consolePage: true }, page('AWS Internal'), true],
    ['none that calls the endpoint itself', { consolePage: true }, page('AWS Internal', { tlsDetails: {} }), false],
    ['no program', { consolePage: true }, page('aws-cli/2.31.0 exec-env/CloudShell'), false],
    ['a program', { consolePage: false }, page('aws-cli/2.31.0 exec-env/CloudShell'), true],
  ])('%s', (_what, entry, of, expected) => expect(matches(entry, of)).toBe(expected));

  it('only what every one of its fields matches', () =>
    holds(
      300,
      fc.property(
        fc.record(
          {
            arn: fc.constantFrom(MALLORY, 'arn:*', 'arn:other'),
            account: fc.constantFrom(ACCOUNT, '999999999999'),
            source: fc.constantFrom('198.51.100.0/24', '203.0.113.0/24', 'AWS Internal'),
            userAgent: fc.constantFrom('aws-cli/*', 'Boto3*'),
            ...{ consoleCredential: fc.boolean(), consolePage: fc.boolean() },
          },
          { requiredKeys: [] },
        ),
        (fields) => {
          fc.pre(Object.keys(fields).length > 0);
          const each = Object.entries(fields).map(([field, value]) => matches({ [field]: value }, record()));
          expect(matches(fields, record())).toBe(each.every(Boolean));
        },
      ),
    ));

  it('a record of any shape without throwing', () =>
    holds(
      500,
      fc.property(
        fc.record({
          userIdentity: fc.anything(),
          sourceIPAddress: fc.anything(),
          userAgent: fc.anything(),
          sessionCredentialFromConsole: fc.anything(),
          tlsDetails: fc.anything(),
          vpcEndpointId: fc.anything(),
          recipientAccountId: fc.anything(),
        }),
        (of) => {
          for (const entry of [
            { arn: '*a*' },
            { issuer: '*a*' },
            { account: ACCOUNT },
            { source: '192.0.2.0/24' },
            { source: '2001:db8::/32' },
            { consolePage: true },
            { vpcEndpoint: VPCE },
            { userAgent: '*a*' },
            { accessKeyId: KEY },
          ])
            expect(typeof matches(entry, of)).toBe('boolean');
        },
      ),
    ));
});

describe('a faulty entry', () => {
  it.each<[object, RegExp]>([
    [{}, /needs at least one of arn, issuer, account/],
    [{ arn: MALLORY, reason: undefined }, /^exception 1: reason is missing$/],
    [{ arn: MALLORY, owner: ' ' }, /owner is " "; it must not be empty/],
    [{ arn: '*?*' }, /arn is "\*\?\*"; it matches everything/],
    [{ arn: ['a'] }, /arn is \["a"\]; it must be a text/],
    [{ arn: 'a'.repeat(501) }, /it must have at most 500 characters/],
    [{ Arn: MALLORY }, /"Arn" is not known; known are arn, .*, reason, owner, expires/],
    [{ account: 111122223333 }, /account is 111122223333; it must be a text/],
    [{ source: '10.0.0.0/33' }, /source is "10.0.0.0\/33"; it must be an IP address, a range/],
    [{ source: '10.0.0' }, /must be an IP address/],
    [{ source: '10/8' }, /must be an IP address/],
    [{ source: '10.0.0.1/8/8' }, /must be an IP address/],
    [{ source: 'fe80::1%eth0' }, /must be an IP address/],
    [{ source: '0.0.0.0/0' }, /matches every address/],
    [{ source: '::ffff:0.0.0.0/96' }, /matches every address/],
    [
      { source: '10.0.0.10' },
      /source is "10.0.0.10"; it covers private addresses, which every network has: name the vpcE/,
    ],
    [{ source: '8.0.0.0/6' }, /covers private addresses/],
    [{ source: 'fe80::1' }, /covers private addresses/],
    [{ vpcEndpoint: 'vpce-*' }, /must be the id of a VPC endpoint/],
    [{ accessKeyId: 'mine' }, /must be an access key id/],
    [{ consoleCredential: 'true' }, /consoleCredential is "true"; it must be true or false/],
    [{ arn: MALLORY, expires: '2026-02-30' }, /expires is "2026-02-30"; it must be a day or a time/],
    [{ arn: MALLORY, expires: 'soon' }, /must be a day or a time/],
  ])('%j is named, with what is allowed', (entry, fault) => {
    const { exceptions, faults } = readEntries([{ ...WHY, ...entry }]);
    expect(exceptions).toEqual([]);
    expect(faults.join('\n')).toMatch(fault);
  });

  it('leaves the others in force, under their own numbers', () => {
    const text = JSON.stringify({
      exceptions: [{ arn: MALLORY }, { ...WHY, arn: MALLORY }, 7],
      comment: 'x',
    });
    const { exceptions, faults } = readExceptions(`\ufeff${text}`, 'parameter exception');
    expect(exceptions.map(({ name }) => name)).toEqual(['parameter exception 2']);
    expect(faults).toHaveLength(3);
    expect(faults[0]).toBe('"comment" is not known beside "exceptions"');
    expect(faults[1]).toMatch(/^parameter exception 1: reason is missing; owner is missing$/);
    expect(faults[2]).toMatch(/^parameter exception 3: must be an object$/);
  });

  it('is named in one line that cannot harm a terminal', () => {
    const { faults } = readEntries([{ ...WHY, arn: '*', '\u001b[31m\n': 1, account: '\u202e'.repeat(1000) }]);
    expect(faults[0]).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(faults[0]!.length).toBeLessThan(1000);
  });
});

it.each(['', 'nonsense', '[]', '{}', 'null', '{"exceptions":{}}', '"exceptions"'])(
  'refuses a document that is none: %s',
  (text) => expect(() => readExceptions(text)).toThrow(ConfigurationError),
);

it('names the first exception that a record is of', () => {
  const { exceptions } = readEntries([
    { ...WHY, arn: 'arn:other' },
    { ...WHY, account: ACCOUNT },
    { ...WHY, arn: MALLORY },
  ]);
  expect(exceptionFor(exceptions, record())?.name).toBe('exception 2');
  expect(exceptionFor(exceptions, record({ identity: iamUser('x', '999999999999') }))).toBeUndefined();
  expect(exceptionFor(undefined, record())).toBeUndefined();
});

it.each([
  ['2026-11-24', T0 + 20 * 3600],
  ['2026-11-24T04:00:00Z', T0],
  ['2026-11-24T05:00:00+01:00', T0],
])('expires with the end of a day, or at an instant: %s', (expires, second) => {
  const exceptions = [one({ arn: MALLORY, expires })];
  expect(sortByExpiry(exceptions, second - 1)).toEqual({ active: exceptions, expired: [] });
  expect(sortByExpiry(exceptions, second)).toEqual({ active: [], expired: exceptions });
});
