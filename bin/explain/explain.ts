import { Readable } from 'node:stream';
import { cloudTrailClient, publicKeys } from '../../lambda/adapters/aws/cloudtrail';
import { S3Listing, S3Source, s3Client } from '../../lambda/adapters/aws/s3';
import type { ClientSettings } from '../../lambda/adapters/aws/sdk';
import { CLI_OUTPUT_LIMIT } from '../../lambda/adapters/inflate/bounds';
import { chooseInflate } from '../../lambda/adapters/inflate/engine';
import { readExceptions } from '../../lambda/detection/exception-document';
import { sortByExpiry } from '../../lambda/detection/exceptions';
import { type ObjectRef, objectName } from '../../lambda/ports';
import { inflateObject } from '../../lambda/trail/object-bytes';
import type { ReadOptions } from '../../lambda/trail/object-reader';
import { sanitize } from '../../lambda/util/sanitize';
import { formatInstant } from '../../lambda/util/values';
import { PARTIAL, unlessInterrupted } from '../cli/interruption';
import type { Console } from '../cli/io';
import { readFileOf } from '../cli/options';
import { type Format, openOutput } from '../cli/output';
import { formatMany } from '../cli/progress';
import { deployedSettings, findDeployed } from '../inputs/deployed-stack';
import { readLabels } from '../inputs/option-files';
import { type PublicKey, publicKeyOf, readPublicKeys, type StoredDigest } from './digest';
import { findEntry, rebuildAlert } from './stored-alert';
import { type DigestAccess, type Verification, verifyObjects } from './verify-objects';

interface ExplainOptions {
  readonly stack: string;
  readonly replayId: string | undefined;
  readonly format?: Format | undefined;
  readonly out?: string | undefined;
  /** minutes */
  readonly around?: number | undefined;
  /** databases of address owners */
  readonly asn?: readonly string[] | undefined;
  readonly verify: boolean;
  /** a file of public keys */
  readonly publicKey?: string | undefined;
  readonly client: ClientSettings;
}

/**
 * Writes an alert again, and on request whether its objects match CloudTrail's signed digests.
 * @returns whether all of its objects could be read and, on request, are signed
 */
export async function explain(alertId: string, options: ExplainOptions, console: Console): Promise<boolean> {
  const { stack, client, around, replayId } = options;
  const { publicKey } = options;
  const known = publicKey === undefined ? undefined : readFileOf('--public-key', publicKey, readPublicKeys);
  const { owners } = await readLabels(options, console);
  const { store } = await findDeployed(stack, client, console);
  const settings = await deployedSettings(stack, client, console);
  const style = { detector: settings.resources.detector, ...settings.alerts, replayId };
  const output = await openOutput(console, { ...options, style, inputs: [] });
  const s3 = s3Client(client, console.env);
  const { exceptions } = readExceptions(settings.exceptions.exceptions ?? '{"exceptions":[]}');
  const reading: ReadOptions = {
    ...{ source: new S3Source(s3), listing: new S3Listing(s3), limit: CLI_OUTPUT_LIMIT, rule: settings.rule },
    inflate: chooseInflate(console.env.REGIONSWEEP_INFLATE).engine,
    exceptions: sortByExpiry(exceptions, console.time()).active,
  };
  const state = { store, scope: { replayId }, reading };
  const entry = await unlessInterrupted(() => findEntry(alertId, state, console.time()), console.interrupted);
  const { alert, detection } = await rebuildAlert(entry, state, {
    aroundSeconds: around === undefined ? undefined : around * 60,
    ...{ owners, accountNames: settings.alerts.accountNames },
    interrupted: console.interrupted,
  });
  await output.write([alert]);
  const { search } = alert.evidence;
  const lines = [
    `${entry.kind} of ${formatInstant(entry.at)}${entry.messageId === undefined ? '' : `, message ${entry.messageId}`}`,
    `read ${search.read} of ${formatMany(search.named, 'object')} with its calls, and ${search.nearby} nearby`,
  ];
  const verification = options.verify
    ? await verifyObjects(detection.objects, digestAccess(reading, known, options, console), console.interrupted)
    : undefined;
  if (verification !== undefined) lines.push(...verificationLines(verification));
  if (console.interrupted.aborted) lines.unshift(PARTIAL);
  for (const line of lines) console.stderr.write(`${sanitize(line, 1000)}\n`);
  const isSigned =
    verification?.broken.length === 0 && verification.objects.every(({ verdict }) => verdict === 'signed');
  return search.read === search.named && (verification === undefined || isSigned);
}

function digestAccess(
  reading: ReadOptions,
  known: readonly PublicKey[] | undefined,
  { client }: ExplainOptions,
  { env, time }: Console,
): DigestAccess {
  const source = new S3Source(s3Client(client, env));
  return {
    ...reading,
    listing: reading.listing!,
    readStored: async (object) => {
      const { bytes, metadata } = await source.readWithMetadata(object);
      return { object, text: await inflated(object, bytes, reading), signature: metadata.signature };
    },
    publicKeys: async (region, from, until) => {
      if (known !== undefined) return known;
      const found = await publicKeys(cloudTrailClient({ ...client, region }), from, Math.min(until, time()));
      return found.map(({ fingerprint, der }) => ({ fingerprint, key: publicKeyOf(der) }));
    },
  };
}

async function inflated(object: ObjectRef, bytes: Uint8Array, reading: ReadOptions): Promise<StoredDigest['text']> {
  const pieces: Buffer[] = [];
  const source = { read: () => Readable.from([bytes]) };
  await inflateObject(object, { ...reading, source }, (piece) => pieces.push(Buffer.from(piece)));
  return Buffer.concat(pieces);
}

function verificationLines({ objects, broken }: Verification): string[] {
  return [
    ...objects.map(({ object, verdict, reason }) => `${verdict}: ${objectName(object)}: ${reason}`),
    ...broken.map((fault) => `broken chain of digests: ${fault}`),
  ];
}
