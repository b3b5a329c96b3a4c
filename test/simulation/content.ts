import { gzipSync } from 'node:zlib';
import { writeControlMessage } from '../../lambda/messages/control-message';
import { document, iso, record } from '../support/records';
import { BUCKET, type Notice, type Plan, type PlannedCall, type PlannedObject } from './plan';

/** The stored bytes of an object, in pieces; `undefined` for one that was deleted. */
export function contentOf(object: PlannedObject): readonly Uint8Array[] | undefined {
  switch (object.state) {
    case 'gone':
      return undefined;
    case 'garbage':
      return [Buffer.from('Dear reader,')];
    case 'cut':
      return inPieces(
        `{"Records":[${object.calls.map((call) => JSON.stringify(recordOf(call))).join(',')},{"eventVer`,
        object,
      );
    case 'whole':
      return inPieces(document([...object.calls.map(recordOf), OTHER]), object);
  }
}

/** Only what the detector reads: a search makes thousands of them. */
function recordOf({ identity, region, second, id }: PlannedCall) {
  return {
    eventTime: iso(second),
    eventSource: 'ec2.amazonaws.com',
    eventName: 'DescribeInstances',
    awsRegion: region,
    userIdentity: identity,
    sourceIPAddress: '198.51.100.7',
    userAgent: 'aws-cli/2.15.0',
    eventID: id,
  };
}

/** A call that does not match the rule. */
const OTHER = record({ id: 'other', fields: { eventName: 'DescribeVpcs' } });

function inPieces(text: string, { pieces, isGzip }: PlannedObject): Uint8Array[] {
  const bytes = isGzip ? gzipSync(text, { level: 1 }) : Buffer.from(text);
  const length = Math.ceil(bytes.length / pieces);
  return Array.from({ length: pieces }, (_, index) => bytes.subarray(index * length, (index + 1) * length));
}

/** The message that announces objects. */
export function noticeBody(notice: Notice, { objects }: Plan): string {
  if (notice.body !== undefined) return notice.body;
  const keys = notice.objects.map((index) => objects[index]!.key);
  if (notice.replayId !== undefined) {
    return writeControlMessage({ kind: 'object', replayId: notice.replayId, bucket: BUCKET, key: keys[0]! });
  }
  return JSON.stringify({
    Records: keys.map((key) => ({
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: BUCKET }, object: { key } },
    })),
  });
}
