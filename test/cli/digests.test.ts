import { generateKeyPairSync } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { publicKeyOf, readPublicKeys } from '../../bin/explain/digest';
import { type DigestAccess, verifyObjects } from '../../bin/explain/verify-objects';
import { zlibEngine } from '../../lambda/adapters/inflate/node-zlib';
import { ObjectGoneError, ObjectReadError } from '../../lambda/errors';
import { type Bucket, digestKey, FINGERPRINT, KEYS, writeChain } from '../support/digests';
import { T0 } from '../support/records';

const BUCKET = 'company-trail';

const HOUR = 3600;

const log = (minute: number, name: string) => ({
  key: `AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/24/111122223333_CloudTrail_eu-west-1_20261124T04${minute}Z_${name}.json.gz`,
  text: `{"Records":[{"eventID":"${name}"}]}`,
});

const [ONE, TWO] = [log(10, 'one'), log(40, 'two')];

const [FIRST, SECOND, THIRD] = [T0, T0 + HOUR, T0 + 2 * HOUR];

let files: Bucket;

/** The keys that CloudTrail names; a test may forget them. */
let keys: { fingerprint: string; key: (typeof KEYS)['publicKey'] }[];

beforeEach(() => {
  files = new Map();
  keys = [{ fingerprint: FINGERPRINT, key: KEYS.publicKey }];
  writeChain(files, BUCKET, [
    [FIRST, []],
    [SECOND, [ONE, TWO]],
    [THIRD, []],
  ]);
});

function bodyOf(key: string) {
  const file = files.get(key);
  if (file === undefined) throw new ObjectGoneError(`${key} does not exist any more`);
  return file;
}

const access: DigestAccess = {
  source: {
    async *read({ key }) {
      yield bodyOf(key).body;
    },
  },
  inflate: zlibEngine,
  limit: 1 << 20,
  listing: {
    folders: async () => [],
    keys: async (_, prefix) => {
      const under = [...files.keys()].filter((key) => key.startsWith(prefix)).sort();
      return under.map((key) => ({ key, bytes: 1 }));
    },
  },
  readStored: async (object) => {
    const { body, metadata } = bodyOf(object.key);
    try {
      return { object, text: gunzipSync(body), signature: metadata.signature };
    } catch (cause) {
      throw new ObjectReadError('not gzip', { cause });
    }
  },
  publicKeys: async () => keys,
};

async function verified() {
  const { objects, broken } = await verifyObjects(
    [ONE, TWO].map(({ key }) => ({ bucket: BUCKET, key })),
    access,
    new AbortController().signal,
  );
  return { verdicts: objects.map(({ verdict }) => verdict), reasons: objects.map(({ reason }) => reason), broken };
}

/** Writes the text of a file anew, with what it has of metadata. */
function rewrite(key: string, change: (text: string) => string): void {
  const file = files.get(key)!;
  files.set(key, { ...file, body: gzipSync(change(gunzipSync(file.body).toString())) });
}

it('names objects that are as CloudTrail delivered them', async () => {
  expect(await verified()).toEqual({
    verdicts: ['signed', 'signed'],
    reasons: [SECOND, SECOND].map((end) => `s3://${BUCKET}/${digestKey(end)}`),
    broken: [],
  });
});

it('takes an object that was compressed again for the same', async () => {
  files.get(ONE.key)!.body = gzipSync(ONE.text, { level: 1 });
  expect((await verified()).verdicts).toEqual(['signed', 'signed']);
});

const uncovered = (reason: string) => ({ verdicts: ['not covered', 'not covered'], reasons: [reason, reason] });

const chain = (fault: string) => ({ verdicts: ['signed', 'signed'], broken: [expect.stringContaining(fault)] });

describe('reports what is broken', () => {
  it.each<[string, () => unknown, object]>([
    [
      'an object that was changed',
      () => rewrite(ONE.key, (text) => text.replace('one', 'eno')),
      { verdicts: ['changed', 'signed'] },
    ],
    [
      'an object that was deleted',
      () => files.delete(TWO.key),
      {
        verdicts: ['signed', 'changed'],
        reasons: [expect.anything(), expect.stringContaining('does not exist any more')],
      },
    ],
    [
      'an object that was cut',
      () => (files.get(TWO.key)!.body = files.get(TWO.key)!.body.subarray(0, -9)),
      { verdicts: ['signed', 'changed'] },
    ],
    [
      'a digest that names the changed object',
      () => {
        rewrite(ONE.key, (text) => text.replace('one', 'eno'));
        rewrite(digestKey(SECOND), (text) => text.replace(/"hashValue":"[^"]+"/, `"hashValue":"${'0'.repeat(64)}"`));
      },
      uncovered(`s3://${BUCKET}/${digestKey(SECOND)} was changed: its signature does not match`),
    ],
    [
      'a digest by another key',
      () =>
        writeChain(
          files,
          BUCKET,
          [[SECOND, [ONE, TWO]]],
          generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
        ),
      uncovered(`s3://${BUCKET}/${digestKey(SECOND)} was changed: its signature does not match`),
    ],
    [
      'a digest without a signature',
      () => (files.get(digestKey(SECOND))!.metadata = {}),
      uncovered(`s3://${BUCKET}/${digestKey(SECOND)} has no signature`),
    ],
    [
      'a signature that is none',
      () => (files.get(digestKey(SECOND))!.metadata.signature = 'zz'),
      uncovered(`s3://${BUCKET}/${digestKey(SECOND)} was changed: its signature does not match`),
    ],
    [
      'a digest of another place',
      () => files.set(digestKey(SECOND), files.get(digestKey(FIRST))!),
      uncovered(`s3://${BUCKET}/${digestKey(SECOND)} was moved there`),
    ],
    [
      'a digest that is none',
      () => rewrite(digestKey(SECOND), () => '[]'),
      uncovered(`s3://${BUCKET}/${digestKey(SECOND)} is no digest`),
    ],
    [
      'a digest that is not gzip',
      () => (files.get(digestKey(SECOND))!.body = Buffer.from([0x1f, 0x8b, 1])),
      uncovered('not gzip'),
    ],
    [
      'a public key that is not known',
      () => {
        keys = [];
      },
      uncovered(`s3://${BUCKET}/${digestKey(SECOND)}: its public key ${FINGERPRINT} is not known`),
    ],
    [
      'a digest that was deleted',
      () => files.delete(digestKey(SECOND)),
      uncovered('no digest names it: is log file validation on, and an hour over?'),
    ],
    [
      'the digest before, deleted',
      () => files.delete(digestKey(FIRST)),
      chain(`${digestKey(FIRST)} is missing, which s3://${BUCKET}/${digestKey(SECOND)} continues`),
    ],
    [
      'the digest before, changed',
      () => rewrite(digestKey(FIRST), (text) => text.replace('111122223333', '444455556666')),
      chain(`${digestKey(FIRST)} was changed`),
    ],
    [
      'the digest before, signed anew',
      () => writeChain(files, BUCKET, [[FIRST, [log(5, 'forged')]]]),
      chain(`${digestKey(FIRST)} is not the digest that`),
    ],
    [
      'the digest after, changed',
      () => rewrite(digestKey(THIRD), (text) => text.replace('111122223333', '444455556666')),
      chain(`${digestKey(THIRD)} was changed`),
    ],
  ])('%s', async (_, change, outcome) => {
    change();
    expect(await verified()).toMatchObject(outcome);
  });

  it('a digest deleted between two', async () => {
    const fourth = THIRD + HOUR;
    writeChain(files, BUCKET, [
      [FIRST, []],
      [SECOND, [ONE, TWO]],
      [THIRD, []],
      [fourth, []],
    ]);
    files.delete(digestKey(THIRD));
    expect(await verified()).toMatchObject(
      chain(`${digestKey(THIRD)} is missing, which s3://${BUCKET}/${digestKey(fourth)} continues`),
    );
  });

  it('an object that no trail wrote', async () => {
    const { objects } = await verifyObjects(
      [{ bucket: BUCKET, key: 'other.json' }],
      access,
      new AbortController().signal,
    );
    expect(objects[0]).toMatchObject({ verdict: 'not covered', reason: 'its key is not of a trail' });
  });
});

it('takes public keys of a PEM file, and those of CloudTrail', async () => {
  const pem = KEYS.publicKey.export({ type: 'spki', format: 'pem' });
  const der = KEYS.publicKey.export({ type: 'pkcs1', format: 'der' });
  for (const key of [readPublicKeys(`a note\n${pem}${pem}`)[1]!.key, publicKeyOf(der)]) {
    expect(key.equals(KEYS.publicKey)).toBe(true);
  }
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
  keys = [other, KEYS.publicKey].map((key) => ({ fingerprint: undefined as never, key }));
  expect((await verified()).verdicts).toEqual(['signed', 'signed']);
});
