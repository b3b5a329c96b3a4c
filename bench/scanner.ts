/** Speed of the record scanner beside its floor (native search alone) and the alternative (JSON.parse), in one process. */
import { scanRecords } from '../lambda/trail/record-scanner';

const ROUNDS = 15;
const CHUNK = 1 << 18;
const NEEDLE = '"DescribeInstances"';

/** A record of about 1.3 KB, keys in CloudTrail's usual order. */
function record(i: number): object {
  const sighting = i % 100 === 0;
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
    eventName: sighting ? 'DescribeInstances' : 'DescribeSecurityGroups',
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

const records = Array.from({ length: 12_000 }, (_, i) => record(i));
const envelope = Buffer.from(JSON.stringify({ Records: records }));
const lines = Buffer.from(records.map((one) => `${JSON.stringify(one)}\n`).join(''));
const pretty = Buffer.from(JSON.stringify({ Records: records }, null, 2));

function scan(document: Buffer): number {
  let found = 0;
  const scanner = scanRecords('bench', [NEEDLE], {
    record: () => found++,
    fault: () => {},
    restart: () => {},
  });
  for (let at = 0; at < document.length; at += CHUNK) scanner.push(document.subarray(at, at + CHUNK));
  scanner.end();
  return found;
}

function search(document: Buffer): number {
  let found = 0;
  for (const needle of [NEEDLE, '\\u00']) {
    const bytes = Buffer.from(needle);
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

const subjects: [string, Buffer, (document: Buffer) => number][] = [
  ['search alone', envelope, search],
  ['scan, envelope', envelope, scan],
  ['scan, one record a line', lines, scan],
  ['scan, pretty-printed', pretty, scan],
  ['JSON.parse', envelope, parse],
];
const speeds = subjects.map((): number[] => []);
const answers = new Set<number>();
for (let round = -2; round < ROUNDS; round++) {
  for (const [i, [, document, run]] of subjects.entries()) {
    const start = cpuMilliseconds();
    answers.add(run(document));
    if (round >= 0) speeds[i]!.push(document.length / 1e3 / (cpuMilliseconds() - start));
  }
}
if (answers.size !== 1) throw new Error(`The answers differ: ${[...answers].join(', ')}`);

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const parsing = median(speeds.at(-1)!);
console.log(
  `${(envelope.length / 1e6).toFixed(1)} MB, ${(envelope.length / records.length).toFixed(0)} bytes a record`,
);
for (const [i, [label]] of subjects.entries()) {
  const speed = median(speeds[i]!);
  console.log(
    `${label.padEnd(26)}${speed.toFixed(0).padStart(6)} MB a CPU second${(speed / parsing).toFixed(1).padStart(7)} x JSON.parse`,
  );
}
