/**
 * CloudTrail's digest files: their hashes of log files, and their signatures. Source: CloudTrail user guide, "CloudTrail
 * digest file structure" and "Custom implementations of CloudTrail log file integrity validation".
 */

import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { ConfigurationError, reasonOf } from '../../lambda/errors';
import { type ObjectRef, objectName } from '../../lambda/ports';
import { isObject } from '../../lambda/util/values';

/** A candidate key; without a fingerprint it is tried on every digest. */
export interface PublicKey {
  readonly fingerprint?: string | undefined;
  readonly key: KeyObject;
}

/** A digest as it is stored. */
export interface StoredDigest {
  readonly object: ObjectRef;
  /** inflated */
  readonly text: Uint8Array;
  /** the value of its metadata `signature` */
  readonly signature: string | undefined;
}

/** A digest that CloudTrail signed. */
export type Digest = Exclude<ReturnType<typeof readDigest>, string>;

/**
 * Reads a digest and checks its signature.
 * @returns the digest, or what is wrong with it; hashes and signatures in hex
 */
export function readDigest({ object, text, signature }: StoredDigest, keys: readonly PublicKey[]) {
  const name = objectName(object);
  if (signature === undefined) return `${name} has no signature`;
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(text).toString());
  } catch (error) {
    return `${name} is no digest: ${reasonOf(error)}`;
  }
  if (!isObject(fields)) return `${name} is no digest`;
  const { digestS3Bucket, digestS3Object, digestSignatureAlgorithm: algorithm } = fields;
  if (digestS3Bucket !== object.bucket || digestS3Object !== object.key) return `${name} was moved there`;
  if (algorithm !== 'SHA256withRSA') return `${name} is signed by ${algorithm}, which is not known`;
  const fingerprint = fields.digestPublicKeyFingerprint;
  const candidates = keys.filter((key) => (key.fingerprint ?? fingerprint) === fingerprint);
  if (candidates.length === 0) return `${name}: its public key ${fingerprint} is not known`;
  const hash = createHash('sha256').update(text).digest('hex');
  const previousSignature = fields.previousDigestSignature;
  const signed = [fields.digestEndTime, `${object.bucket}/${object.key}`, hash, previousSignature ?? 'null'].join('\n');
  const isSigned = candidates.some(({ key }) =>
    verify('sha256', Buffer.from(signed), key, Buffer.from(signature, 'hex')),
  );
  if (!isSigned) return `${name} was changed: its signature does not match`;
  const { previousDigestS3Bucket: bucket, previousDigestS3Object: key, previousDigestHashValue: before } = fields;
  return {
    ...{ object, hash, signature },
    // Of the same trail and region, if any.
    previous:
      typeof key === 'string'
        ? { object: { bucket: String(bucket), key }, hash: String(before), signature: String(previousSignature) }
        : undefined,
    logs: logsOf(fields.logFiles),
  };
}

/** The SHA-256 of the text of each log file, by the file's name. */
function logsOf(files: unknown): ReadonlyMap<string, string> {
  const entries = (Array.isArray(files) ? files : []).filter(isObject);
  const known = entries.filter(({ hashAlgorithm }) => hashAlgorithm === 'SHA-256');
  return new Map(
    known.map(({ s3Bucket, s3Object, hashValue }) => [
      objectName({ bucket: String(s3Bucket), key: String(s3Object) }),
      String(hashValue),
    ]),
  );
}

/** What is wrong if one digest does not follow another. */
export function linkFault(earlier: Digest | string | undefined, { object, previous }: Digest): string | undefined {
  if (previous === undefined) return undefined;
  const name = objectName(previous.object);
  if (earlier === undefined) return `${name} is missing, which ${objectName(object)} continues`;
  if (typeof earlier === 'string') return earlier;
  const isLinked = earlier.hash === previous.hash && earlier.signature === previous.signature;
  return isLinked ? undefined : `${name} is not the digest that ${objectName(object)} continues`;
}

/** A key in the form of ListPublicKeys: PKCS #1, DER. */
export function publicKeyOf(der: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'pkcs1' });
}

const PEM = /-----BEGIN (?:RSA )?PUBLIC KEY-----[\s\S]+?-----END (?:RSA )?PUBLIC KEY-----/g;

/** The public keys of a PEM file. @throws ConfigurationError for none */
export function readPublicKeys(pem: string): PublicKey[] {
  const keys = [...pem.matchAll(PEM)].map(([text]) => ({ key: createPublicKey(text) }));
  if (keys.length === 0) throw new ConfigurationError('holds no public key in PEM');
  return keys;
}
