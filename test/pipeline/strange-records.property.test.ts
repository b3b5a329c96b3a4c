import fc from 'fast-check';
import type { TrailRecord } from '../../lambda/detection/classify';
import { World } from '../support/detector-world';
import { holds } from '../support/properties';
import { document, iamUser, record, roleSession, sweep } from '../support/records';

/** Beyond what a recursive function gets through. */
const DEEP = `${'['.repeat(9000)}${']'.repeat(9000)}`;

/** Stands for it until the document is text, since writing it needs as deep a stack. */
const DEEP_MARK = '(deep)';

/** What JSON can hold where CloudTrail would put a text, a truth value or an object. */
const STRANGE = fc.constantFrom<unknown>(
  DEEP_MARK,
  { toString: 1, valueOf: 1 },
  { toString: null, items: { length: 3 } },
  { items: [DEEP_MARK, { name: DEEP_MARK, valueSet: { items: [{ value: { toString: 0 } }] } }] },
  { __proto__: null, constructor: 'x', hasOwnProperty: 1 },
  [[]],
  [null],
  null,
  -0.5,
  1e308,
  true,
  '',
  '\ud800',
  'x'.repeat(70_000),
);

const PATHS = [
  ...['eventTime', 'eventSource', 'eventName', 'awsRegion', 'sourceIPAddress', 'userAgent', 'eventID'],
  ...['errorCode', 'errorMessage', 'recipientAccountId', 'sessionCredentialFromConsole', 'tlsDetails'],
  ...['tlsDetails.clientProvidedHostHeader', 'additionalEventData', 'additionalEventData.MFAUsed'],
  ...['requestParameters', 'requestParameters.dryRun', 'requestParameters.filterSet'],
  ...['requestParameters.instancesSet', 'requestParameters.roleArn', 'requestParameters.filterSet.items'],
  ...['responseElements', 'responseElements.credentials', 'responseElements.credentials.accessKeyId'],
  ...['responseElements.ConsoleLogin', 'userIdentity', 'userIdentity.arn', 'userIdentity.principalId'],
  ...['userIdentity.type', 'userIdentity.accountId', 'userIdentity.accessKeyId', 'userIdentity.userName'],
  ...['userIdentity.invokedBy', 'userIdentity.sessionContext', 'userIdentity.sessionContext.attributes'],
  ...['userIdentity.sessionContext.sourceIdentity', 'userIdentity.sessionContext.sessionIssuer'],
  ...['userIdentity.sessionContext.sessionIssuer.arn', 'userIdentity.sessionContext.attributes.creationDate'],
  ...['userIdentity.sessionContext.attributes.mfaAuthenticated'],
];

/** The record with another value at a path; what lies between is made an object. */
function put(given: TrailRecord, path: string, value: unknown): TrailRecord {
  const [first, ...rest] = path.split('.');
  const inner = given[first!];
  const object = typeof inner === 'object' && inner !== null ? (inner as TrailRecord) : {};
  return { ...given, [first!]: rest.length === 0 ? value : put(object, rest.join('.'), value) };
}

const strangeRecord = fc
  .record({
    base: fc.constantFrom(
      record({ id: 'strange', region: 'sa-east-1', identity: iamUser('mallory') }),
      record({ id: 'strange', region: 'sa-east-1', identity: roleSession('build', 'b-1') }),
      record({ id: 'strange', fields: { eventSource: 'sts.amazonaws.com', eventName: 'AssumeRole' } }),
      record({ id: 'strange', fields: { eventName: 'ConsoleLogin', eventSource: 'signin.amazonaws.com' } }),
    ),
    changes: fc.array(fc.tuple(fc.constantFrom(...PATHS), STRANGE), { minLength: 1, maxLength: 4 }),
  })
  .map(({ base, changes }) => changes.reduce((made, [path, value]) => put(made, path, value), base));

const textOf = (records: readonly unknown[]) => document(records).replaceAll(JSON.stringify(DEEP_MARK), () => DEEP);

it('a record with fields of any type stops no alert of its object or of others in the batch', async () => {
  const property = fc.asyncProperty(fc.array(strangeRecord, { minLength: 1, maxLength: 3 }), async (strange) => {
    const world = new World();
    const calls = sweep({ regions: 10 });
    world.deliver(textOf([...strange, ...calls.slice(0, 5)]));
    world.deliver(textOf(calls.slice(5)));
    await world.run();
    expect(world.kinds).toEqual(['alert']);
    expect(world.counts.get('ObjectsFailed') ?? 0).toBe(0);
  });
  await holds(120, property);
});
