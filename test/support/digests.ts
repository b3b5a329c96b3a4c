/** Log files and the digest files about them, as CloudTrail writes and signs them, by a key pair of the tests. */

import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { iso } from './records';

export const KEYS = generateKeyPairSync('rsa', { modulusLength: 2048 });

export const FINGERPRINT = 'd1a2b3c4';

export interface StoredFile {
  body: Buffer;
  metadata: Record<string, string>;
}

/** What is in the bucket, by key. */
export type Bucket = Map<string, StoredFile>;

interface LogFile {
  readonly key: string;
  readonly text: string;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

export function digestKey(second: number, region = 'eu-west-1', account = '111122223333'): string {
  const stamp = iso(second).replace(/[-:]/g, '');
  const day = iso(second).slice(0, 10).replaceAll('-', '/');
  return `AWSLogs/${account}/CloudTrail-Digest/${region}/${day}/${account}_CloudTrail-Digest_${region}_company_eu-west-1_${stamp}.json.gz`;
}

/**
 * Writes log files, and an hourly chain of digests that name them.
 * @param hours the end of each digest's hour, and the log files delivered in it
 */
export function writeChain(
  files: Bucket,
  bucket: string,
  hours: readonly (readonly [end: number, logs: readonly LogFile[]])[],
  key: KeyObject = KEYS.privateKey,
): void {
  let previous: { key: string; hash: string; signature: string } | undefined;
  for (const [end, logs] of hours) {
    for (const { key: name, text } of logs) files.set(name, { body: gzipSync(text), metadata: {} });
    const s3Object = digestKey(end);
    const text = JSON.stringify({
      awsAccountId: '111122223333',
      digestStartTime: iso(end - 3600),
      digestEndTime: iso(end),
      digestS3Bucket: bucket,
      digestS3Object: s3Object,
      digestPublicKeyFingerprint: FINGERPRINT,
      digestSignatureAlgorithm: 'SHA256withRSA',
      previousDigestS3Bucket: previous === undefined ? null : bucket,
      previousDigestS3Object: previous?.key ?? null,
      previousDigestHashValue: previous?.hash ?? null,
      previousDigestHashAlgorithm: previous === undefined ? null : 'SHA-256',
      previousDigestSignature: previous?.signature ?? null,
      logFiles: logs.map(({ key: name, text: content }) => {
        return { s3Bucket: bucket, s3Object: name, hashValue: sha256(content), hashAlgorithm: 'SHA-256' };
      }),
    });
    // CloudTrail user guide, "Custom implementations of CloudTrail log file integrity validation".
    const signed = [iso(end), `${bucket}/${s3Object}`, sha256(text), previous?.signature ?? 'null'].join('\n');
    const signature = sign('sha256', Buffer.from(signed), key).toString('hex');
    const metadata = { signature, 'signature-algorithm': 'SHA256withRSA' };
    files.set(s3Object, { body: gzipSync(text), metadata });
    previous = { key: s3Object, hash: sha256(text), signature };
  }
}
