import { buildAlert } from '../../lambda/alert/assemble';
import { type EvidenceOptions, gatherEvidence } from '../../lambda/alert/evidence/gather';
import type { Alert } from '../../lambda/alert/model';
import { renderEcs } from '../../lambda/alert/render/ecs';
import type { TrailRecord } from '../../lambda/detection/classify';
import type { Detection } from '../../lambda/detection/detections';
import { DEFAULT_PARAMETERS } from '../../lambda/detection/rule';
import { ObjectReadError } from '../../lambda/errors';
import { memoryListing } from '../support/memory-listing';
import { ACCOUNT, document, iamUser, MALLORY, REGIONS, record, roleSession, sweep, T0 } from '../support/records';
import { type MemoryObject, objectOf, objectsOf, readingOf, replayed } from '../support/replay';

const ROOT = `AWSLogs/${ACCOUNT}/CloudTrail/`;

/** A file of the trail, named at so many seconds from T0. */
function file(region: string, at: number, records: readonly TrailRecord[], name = 'a'): MemoryObject {
  const time = new Date((T0 + at) * 1000).toISOString();
  const day = time.slice(0, 10);
  const stamp = `${day.replaceAll('-', '')}T${time.slice(11, 16).replace(':', '')}Z`;
  const key = `${ROOT}${region}/${day.replaceAll('-', '/')}/${ACCOUNT}_CloudTrail_${region}_${stamp}_${name}.json.gz`;
  return objectOf(key, document(records));
}

function call(name: string, source: string, at: number, more: Parameters<typeof record>[0] = {}): TrailRecord {
  const fields = { eventName: name, eventSource: `${source}.amazonaws.com`, ...more.fields };
  return record({ at: T0 + at, ...more, fields });
}

/** One file a region of a sweep. */
function swept(identity?: TrailRecord): MemoryObject[] {
  const records = sweep({ regions: 10, ...(identity === undefined ? {} : { identity }) });
  return records.map((one) => file(String(one.awsRegion), 0, [one]));
}

async function alertIn(objects: readonly MemoryObject[], listing = memoryListing(objects)): Promise<Alert> {
  const { alerts } = await replayed(objects, { listing });
  expect(alerts).toHaveLength(1);
  return alerts[0]!;
}

const objects = swept();

const detection: Detection = {
  ...{ actor: MALLORY, start: T0, end: T0 + 30, decidedAt: T0 + 9 },
  regions: REGIONS.slice(0, 10).map((region) => ({ region, first: T0, last: T0 })),
  objects: objects.map(({ key }) => ({ bucket: '', key })),
};

async function gathered(options: Partial<EvidenceOptions> = {}, of = detection) {
  return (await gatherEvidence([of], { reading: readingOf(objects), concurrency: 1, ...options })).get(of)!;
}

describe('what the actor did around its calls', () => {
  it('is found in the same objects, five minutes to either side, each call once', async () => {
    const around = [
      call('ListUsers', 'iam', -299),
      call('CreateAccessKey', 'iam', 320, { denied: true }),
      call('ListRoles', 'iam', -301),
      call('ListRoles', 'iam', 331),
      call('ListBuckets', 's3', 5, { identity: iamUser('alice') }),
    ];
    const objects = objectsOf(
      document([...sweep({ regions: 10 }), ...around]),
      document([...sweep({ regions: 3 }), around[0]]),
    );
    const { alerts } = await replayed(objects);
    expect(alerts[0]!.evidence.otherCalls.map(({ kind, name, calls, failed }) => [kind, name, calls, failed])).toEqual([
      ['sensitive', 'CreateAccessKey', 1, 1],
      ['discovery', 'ListUsers', 1, 0],
    ]);
    expect(alerts[0]!.evidence.neighbours).toEqual([
      { actor: `arn:aws:iam::${ACCOUNT}:user/alice`, shares: '198.51.100.7', calls: 1, regions: 1 },
    ]);
  });

  it('is found by the name of the actor alone, however JSON spells that', async () => {
    const { accessKeyId: _, ...identity } = iamUser('mallory');
    const fields = { sourceIPAddress: '203.0.113.9' };
    const calls = ['ListUsers', 'ListRoles', 'ListKeys'].map((name) => call(name, 'iam', 5, { identity, fields }));
    const plain = document([...sweep({ regions: 10 }), ...calls]);
    for (const text of [
      plain,
      plain.replaceAll('/', '\\/'),
      plain.replaceAll('mallory', 'm\\u0061llory'),
      // As Python writes every letter beyond ASCII.
      plain.replaceAll('mallory', '\\u043c\\u0430\\u0448\\u0430'),
      plain.replaceAll('mallory', 'маша'),
    ]) {
      const { alerts } = await replayed(objectsOf(text));
      expect(alerts.map(({ evidence }) => evidence.otherCalls.length)).toEqual([3]);
    }
  });

  it('is found in files nearby, which are listed', async () => {
    const asked = file('us-east-9', 300, [call('GetCallerIdentity', 'sts', -3, { region: 'us-east-9' })]);
    const objects = [...swept(), asked, file('us-east-8', -600, []), file('us-east-7', 0, [])];
    const { evidence } = await alertIn(objects);
    expect(evidence.signIns).toMatchObject([{ name: 'GetCallerIdentity', second: T0 - 3, by: MALLORY }]);
    expect(evidence.search).toMatchObject({ read: 10, nearby: 2, missing: ['us-east-8'] });
    expect(evidence.search.arrived).toContain('us-east-7');
    expect(evidence.search.arrived).toHaveLength(12);
  });

  it('includes the AssumeRole that issued its key, though another identity made it hours before', async () => {
    const session = roleSession('deploy', 'one');
    const context = session.sessionContext as TrailRecord;
    const created = new Date((T0 - 7200) * 1000).toISOString().replace('.000Z', 'Z');
    const identity = { ...session, sessionContext: { ...context, attributes: { creationDate: created } } };
    const assume = (key: string, id: string) =>
      call('AssumeRole', 'sts', -7200, {
        id,
        identity: iamUser('alice'),
        fields: { responseElements: { credentials: { accessKeyId: key } } },
      });
    const beginning = file('us-east-1', -7200, [assume('ASIADEPLOY', 'its own'), assume('ASIAOTHER', 'another')], 'b');
    const { evidence } = await alertIn([...swept(identity), beginning]);
    expect(evidence.signIns).toEqual([
      expect.objectContaining({
        name: 'AssumeRole',
        by: `arn:aws:iam::${ACCOUNT}:user/alice`,
        detail: 'ASIADEPLOY',
      }),
    ]);
  });
});

describe('the search of nearby files', () => {
  it('makes at most 40 list requests, and says what it did not list', async () => {
    const many = Array.from({ length: 60 }, (_, index) => file(`xx-north-${index}`, 0, []));
    const objects = [...swept(), ...many];
    const listing = memoryListing(objects);
    const { evidence } = await alertIn(objects, listing);
    expect(listing.asked()).toBe(40);
    expect(evidence.search.listRequests).toBe(40);
    expect(evidence.search.notSearched[0]).toMatch(/^files of xx-north-.*: time or list requests were used up$/);
  });

  it('opens at most 100 files, and says how many are left', async () => {
    const many = Array.from({ length: 130 }, (_, index) => file('us-east-1', 0, [], `n${index}`));
    const { evidence } = await alertIn([...swept(), ...many]);
    expect(evidence.search).toMatchObject({
      nearby: 100,
      notSearched: ['30 more files of that time', 'the trails of other accounts'],
    });
  });

  it('says where more files lie than one request lists, and does not say that they are not there', async () => {
    const many = Array.from({ length: 1100 }, (_, index) => file('us-east-9', -200, [], `n${index}`));
    const late = file('us-east-9', 0, []);
    const { evidence } = await alertIn([...swept(), ...many, late]);
    expect(evidence.search.missing).toEqual([]);
    expect(evidence.search.arrived).not.toContain('us-east-9');
    expect(evidence.search.notSearched[0]).toBe('more files of us-east-9 than one request lists');
  });

  it('needs no more of a region than what lies around the calls', async () => {
    const later = Array.from({ length: 1100 }, (_, index) => file('us-east-9', 3600, [], `n${index}`));
    const { evidence } = await alertIn([...swept(), ...later]);
    expect(evidence.search.arrived).toContain('us-east-9');
    expect(evidence.search.notSearched).toEqual(['the trails of other accounts']);
  });

  it('says of each file that was not read why', async () => {
    const nearby = [1, 2, 3].map((at) => file('us-east-9', 0, sweep({ regions: 9 }), `n${at}`));
    const all = [...objects, ...nearby];
    const reading = readingOf(all, { listing: memoryListing([...all, file('us-east-8', 0, [])]) });
    // Enough for what the tallies name and for one more.
    const bytes = objects.reduce((sum, { pieces }) => sum + pieces[0]!.length, 0) + 1;
    const evidence = await gathered({ reading, limits: { objects: 500, bytes } });
    expect(evidence).toMatchObject({ calls: 10, gaps: [] });
    expect(evidence.search).toMatchObject({ named: 10, read: 10, nearby: 1 });
    expect(evidence.search.notSearched).toEqual([
      '1 more file: could not be read to the end',
      '2 more files: only the first 0 MiB were read',
      'the trails of other accounts',
    ]);
  });

  it('never fails an alert', async () => {
    const objects = swept();
    const fails = async () => {
      throw new ObjectReadError('s3://b/: cannot be listed: AccessDenied');
    };
    const { evidence } = await alertIn(objects, { folders: fails, keys: fails, asked: () => 0 });
    expect(evidence).toMatchObject({ calls: 10, gaps: [] });
    expect(evidence.search).toMatchObject({
      arrived: undefined,
      notSearched: ['other files: s3://b/: cannot be listed: AccessDenied'],
    });
  });

  it('says so where nothing can be listed, or no object is named as a file of a trail', async () => {
    const [plain, unlisted] = [objectsOf(document(sweep({ regions: 10 }))), swept()];
    expect((await alertIn(plain)).evidence.search.notSearched[0]).toMatch(/not named as a trail's files are/);
    const { alerts } = await replayed(unlisted);
    expect(alerts[0]!.evidence.search.notSearched).toEqual(['other files: they cannot be listed here']);
  });
});

describe('the bounds of evidence', () => {
  it('are the time', async () => {
    let opened = 0;
    const evidence = await gathered({ isTimeUp: () => ++opened > 4 });
    expect(evidence).toMatchObject({ calls: 4, gaps: ['not all objects could be opened in time'] });
  });

  it('are the time for what lies around the calls too', async () => {
    let opened = 0;
    const evidence = await gathered({ isTimeUp: () => ++opened > 17 });
    expect(evidence).toMatchObject({ calls: 10, gaps: [], search: { named: 10, read: 10 } });
    expect(evidence.search.notSearched[0]).toBe(
      'other calls in 3 files that have calls of the alert: not all objects could be opened in time',
    );
  });

  it('are the number of objects', async () => {
    const evidence = await gathered({ limits: { objects: 3, bytes: 1 << 29 } });
    expect(evidence).toMatchObject({ calls: 3, gaps: ['only 3 of 10 objects were opened'] });
  });

  it('are the bytes', async () => {
    const evidence = await gathered({ limits: { objects: 500, bytes: 1500 } });
    expect(evidence.calls).toBeLessThan(10);
    expect(evidence.gaps).toEqual(['only the first 0 MiB were read']);
  });
});

describe('whatever goes wrong, the alert is published', () => {
  it('with a fault of our own among its gaps', async () => {
    const evidence = await gathered({
      isTimeUp: () => {
        throw new TypeError('no clock');
      },
    });
    expect(evidence).toMatchObject({ calls: 0, search: { read: 0, arrived: undefined } });
    expect(evidence.gaps).toEqual(["a fault of regionsweep's own (no clock) ended the search; report it"]);
  });

  it('with as many regions as somebody may make up', async () => {
    const regions = Array.from({ length: 150_000 }, (_, i) => ({ region: `r-${i}`, first: T0 + 1, last: T0 + 9 }));
    const crowded = { ...detection, regions };
    const { event, regionsweep } = renderEcs(
      buildAlert({ detection: crowded, evidence: await gathered({}, crowded), rule: DEFAULT_PARAMETERS }),
    );
    expect(regionsweep.region_count).toBe(150_000);
    expect(Date.parse(event.start)).toBe((T0 + 1) * 1000);
  });
});

it('a steady scanner costs each of its detections its own records only', async () => {
  const records = Array.from({ length: 200 }, (_, window) => sweep({ regions: 10, at: T0 + window * 30 })).flat();
  const { alerts } = await replayed(objectsOf(document(records)));
  expect(alerts).toHaveLength(200);
  for (const { evidence } of alerts) expect(evidence.calls).toBe(10);
  // Ten minutes and a window around each, less the window itself.
  expect(alerts[100]!.evidence.otherCalls).toMatchObject([{ name: 'DescribeInstances', calls: 200 }]);
});
