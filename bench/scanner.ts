/**
 * Speed of the record scanner, plain and with its SIMD skipper, beside native search alone and JSON.parse, in one process.
 * Documents are of the size of a busy account's objects, since that is what lies in the processor's caches.
 */

import { LiteralSearch } from '../lambda/trail/scanner/literal-search';
import { RecordScanner } from '../lambda/trail/scanner/record-scanner';
import { type SimdSkipper, simdSkipperFor } from '../lambda/trail/scanner/simd/simd-skipper';

const ROUNDS = 15;

const DOCUMENTS = 150;

const RECORDS = 50;

const LITERAL = '"DescribeInstances"';

const SEARCH = new LiteralSearch([LITERAL]);

/** A record of about 1.3 KB, keys in CloudTrail's usual order. */
function record(i: number): object {
  const matchedCall = i % 100 === 0;
  return {
    eventVersion: '1.10',
    userIdentity: {
      type: 'AssumedRole',
      principalId: `AROAEXAMPLE${i % 977}:session-${i}`,
      arn: `arn:aws:sts::123456789012:assumed-role/deploy-${i % 31}/session-${i}`,
      accountId: '123456789012',
      accessKeyId: `ASIAEXAMPLE${1000 + (i % 977)}`,
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: `AROAEXAMPLE${i % 977}`,
          arn: `arn:aws:iam::123456789012:role/deploy-${i % 31}`,
          accountId: '123456789012',
          userName: `deploy-${i % 31}`,
        },
        attributes: { creationDate: '2024-07-01T10:00:00Z', mfaAuthenticated: 'false' },
      },
    },
    eventTime: `2024-07-01T10:${String(i % 60).padStart(2, '0')}:07Z`,
    eventSource: 'ec2.amazonaws.com',
    eventName: matchedCall ? 'DescribeInstances' : 'DescribeSecurityGroups',
    awsRegion: 'eu-central-1',
    sourceIPAddress: `198.51.100.${i % 256}`,
    userAgent: 'Boto3/1.34.0 md/Botocore#1.34.0 ua/2.0 os/linux#6.1 md/arch#x86_64 lang/python#3.12.1',
    requestParameters: {
      filterSet: { items: [{ name: 'vpc-id', valueSet: { items: [{ value: `vpc-${i}` }] } }] },
    },
    responseElements: null,
    requestID: `f0e1d2c3-b4a5-4697-8879-${String(i).padStart(12, '0')}`,
    eventID: `0a1b2c3d-4e5f-4607-8899-${String(i).padStart(12, '0')}`,
    readOnly: true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '123456789012',
    eventCategory: 'Management',
    tlsDetails: {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: 'ec2.eu-central-1.amazonaws.com',
    },
  };
}

interface Subject {
  readonly label: string;
  readonly documents: readonly Buffer[];
  /** The matched calls of a document. */
  readonly run: (document: Buffer) => number;
}

function documentsAs(write: (records: object[]) => string): Buffer[] {
  return Array.from({ length: DOCUMENTS }, (_, at) =>
    Buffer.from(write(Array.from({ length: RECORDS }, (_, i) => record(at * RECORDS + i)))),
  );
}

const envelopes = documentsAs((records) => JSON.stringify({ Records: records }));

const pretty = documentsAs((records) => JSON.stringify({ Records: records }, null, 2));

const lines = documentsAs((records) => records.map((one) => `${JSON.stringify(one)}\n`).join(''));

const small = envelopes.map((envelope) => {
  const { Records } = JSON.parse(envelope.toString());
  return Buffer.from(JSON.stringify({ Records: Records.slice(1, 2) }));
});

function scan(document: Uint8Array, skipper?: SimdSkipper): number {
  let found = 0;
  const scanner = new RecordScanner('bench', SEARCH, { record: () => found++, fault: () => {} }, skipper);
  scanner.push(document);
  scanner.end();
  return found;
}

function skip(document: Buffer): number {
  return scan(document, simdSkipperFor(LITERAL));
}

/** As it is after inflating into the skipper's own memory; putting it there is part of the figure. */
function skipInPlace(document: Buffer): number {
  const skipper = simdSkipperFor(LITERAL);
  if (skipper === undefined) throw new Error('WebAssembly has no vectors here');
  skipper.input.set(document);
  return scan(skipper.input.subarray(0, document.length), skipper);
}

function search(document: Buffer): number {
  let found = 0;
  for (const literal of [LITERAL, '\\u00']) {
    const bytes = Buffer.from(literal);
    for (let at = document.indexOf(bytes); at >= 0; at = document.indexOf(bytes, at + 1)) found++;
  }
  return found;
}

function parse(document: Buffer): number {
  const { Records } = JSON.parse(document.toString('utf8'));
  return Records.filter((one: { eventName: string }) => one.eventName === 'DescribeInstances').length;
}

/** Processor time, which other work on the machine disturbs less than the clock on the wall. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

const subjects: Subject[] = [
  { label: 'search alone', documents: envelopes, run: search },
  { label: 'plain', documents: envelopes, run: scan },
  { label: 'SIMD', documents: envelopes, run: skip },
  { label: 'SIMD in place', documents: envelopes, run: skipInPlace },
  { label: 'JSON.parse', documents: envelopes, run: parse },
  { label: 'pretty-printed, plain', documents: pretty, run: scan },
  { label: 'pretty-printed, SIMD', documents: pretty, run: skip },
  { label: 'a record a line, plain', documents: lines, run: scan },
  { label: 'a record a line, SIMD', documents: lines, run: skip },
  { label: 'single records, plain', documents: small, run: scan },
  { label: 'single records, SIMD', documents: small, run: skip },
];

const speeds = subjects.map((): number[] => []);

const answers = subjects.map(() => 0);

for (let round = -5; round < ROUNDS; round++) {
  for (const [i, { documents, run }] of subjects.entries()) {
    const start = cpuMilliseconds();
    answers[i] = documents.reduce((sum, document) => sum + run(document), 0);
    const bytes = documents.reduce((sum, document) => sum + document.length, 0);
    if (round >= 0) speeds[i]!.push(bytes / 1e3 / (cpuMilliseconds() - start));
  }
}

const whole = answers.slice(0, -2);

if (new Set(whole).size !== 1) throw new Error(`the answers differ: ${whole.join(', ')}`);

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const parsing = median(speeds[subjects.findIndex(({ run }) => run === parse)]!);

console.log(`${DOCUMENTS} documents of ${RECORDS} records, ${Math.round(envelopes[0]!.length / RECORDS)} bytes each`);

for (const [i, { label, documents }] of subjects.entries()) {
  const speed = median(speeds[i]!);
  const each = documents[0]!.length / speed;
  console.log(
    `${label.padEnd(26)}${speed.toFixed(0).padStart(6)} MB a CPU second${(speed / parsing).toFixed(1).padStart(7)} x JSON.parse` +
      `${each.toFixed(1).padStart(9)} us a document`,
  );
}
