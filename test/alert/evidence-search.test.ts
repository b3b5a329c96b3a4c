import assert from 'node:assert';
import { buildAlert } from '../../lambda/alert/assemble';
import { type EvidenceOptions, gatherEvidence } from '../../lambda/alert/evidence/gather';
import type { Evidence } from '../../lambda/alert/evidence/model';
import { renderEcs } from '../../lambda/alert/render/ecs';
import type { TrailRecord } from '../../lambda/detection/classify';
import type { Detection } from '../../lambda/detection/detections';
import { DEFAULT_PARAMETERS } from '../../lambda/detection/rule';
import { ObjectReadError } from '../../lambda/errors';
import { alertIn } from '../support/alerts';
import { memoryListing } from '../support/memory-listing';
import {
  ACCOUNT,
  document,
  iamUser,
  inContext,
  iso,
  MALLORY,
  REGIONS,
  record,
  roleSession,
  sweep,
  T0,
} from '../support/records';
import { type MemoryObject, objectOf, objectsOf, readingOf, replayed } from '../support/replay';

const TEN = sweep({ regions: 10 });

/** A file of the trail, named at so many seconds from T0. */
function file(region: string, at: number, records: readonly TrailRecord[], name = 'a'): MemoryObject {
  const [day, time] = iso(T0 + at).split('T') as [string, string];
  const stamp = `${day.replaceAll('-', '')}T${time.slice(0, 5).replace(':', '')}Z`;
  const folder = `AWSLogs/${ACCOUNT}/CloudTrail/${region}/${day.replaceAll('-', '/')}`;
  return objectOf(`${folder}/${ACCOUNT}_CloudTrail_${region}_${stamp}_${name}.json.gz`, document(records));
}

const filesOf = (count: number, region: string, at = 0) =>
  Array.from({ length: count }, (_, index) => file(region, at, [], `n${index}`));

function call(name: string, source: string, at: number, more: Parameters<typeof record>[0] = {}): TrailRecord {
  const fields = { eventName: name, eventSource: `${source}.amazonaws.com`, ...more.fields };
  return record({ at: T0 + at, ...more, fields });
}

/** One file for each region of a sweep. */
const swept = (records = TEN) => records.map((one) => file(String(one.awsRegion), 0, [one]));

async function evidenceIn(objects: readonly MemoryObject[], listing = memoryListing(objects)): Promise<Evidence> {
  const { alerts } = await replayed(objects, { listing });
  expect(alerts).toHaveLength(1);
  return alerts[0]!.evidence;
}

const detectionIn = (objects: readonly MemoryObject[], regions = REGIONS.slice(0, 10)): Detection => ({
  ...{ actor: MALLORY, start: T0, end: T0 + 30, decidedAt: T0 + 9 },
  regions: regions.map((region) => ({ region, first: T0 + 1, last: T0 + 9 })),
  objects: objects.map(({ key }) => ({ bucket: '', key })),
});

async function gathered(
  objects: readonly MemoryObject[],
  options: Partial<EvidenceOptions> = {},
  detection = detectionIn(objects),
): Promise<Evidence> {
  const all = { reading: readingOf(objects), concurrency: 1, ...options };
  return (await gatherEvidence([detection], all)).get(detection)!;
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
    const { evidence } = await alertIn([
      [...TEN, ...around],
      [...sweep({ regions: 3 }), around[0]],
    ]);
    expect(evidence.otherCalls.map(({ kind, name, calls, failed }) => [kind, name, calls, failed])).toEqual([
      ['sensitive', 'CreateAccessKey', 1, 1],
      ['discovery', 'ListUsers', 1, 0],
    ]);
    expect(evidence.neighbours).toEqual([
      { actor: `arn:aws:iam::${ACCOUNT}:user/alice`, shares: '198.51.100.7', calls: 1, regions: 1 },
    ]);
  });

  it('is found in other files, which are listed', async () => {
    const asked = file('us-east-9', 300, [call('GetCallerIdentity', 'sts', -3, { region: 'us-east-9' })]);
    const others = [file('us-east-8', -600, []), file('us-east-7', 0, [])];
    const { signIns, search } = await evidenceIn([...swept(), asked, ...others]);
    expect(signIns).toMatchObject([{ name: 'GetCallerIdentity', second: T0 - 3, by: MALLORY }]);
    expect(search).toMatchObject({ read: 10, nearby: 2, missing: ['us-east-8'] });
    expect(search.arrived).toContain('us-east-7');
    expect(search.arrived).toHaveLength(12);
  });

  it('includes the AssumeRole that issued its key, though another identity made it hours before', async () => {
    const attributes = { creationDate: iso(T0 - 7200) };
    const identity = inContext(roleSession('deploy', 'one'), { attributes });
    const assume = (accessKeyId: string, id: string) => {
      const fields = { responseElements: { credentials: { accessKeyId } } };
      return call('AssumeRole', 'sts', -7200, { id, identity: iamUser('alice'), fields });
    };
    const beginning = file('us-east-1', -7200, [assume('ASIADEPLOY', 'its own'), assume('ASIAOTHER', 'another')], 'b');
    const { signIns } = await evidenceIn([...swept(sweep({ regions: 10, identity })), beginning]);
    const by = `arn:aws:iam::${ACCOUNT}:user/alice`;
    expect(signIns).toEqual([expect.objectContaining({ name: 'AssumeRole', by, detail: 'ASIADEPLOY' })]);
  });

  it('is found by the actor’s name, however JSON spells it', async () => {
    const { accessKeyId: _, ...identity } = iamUser('mallory');
    const elsewhere = ['ListUsers', 'CreateAccessKey', 'GetCallerIdentity'].map((eventName, index) =>
      record({
        ...{ at: T0 + index, identity },
        fields: { eventName, eventSource: 'iam.amazonaws.com', sourceIPAddress: '203.0.113.9' },
      }),
    );
    const plain = document([...TEN, ...elsewhere]);
    for (const spelt of [
      plain,
      plain.replaceAll('/', '\\/'),
      plain.replaceAll('mallory', 'm\\u0061llory'),
      // As Python writes every letter beyond ASCII.
      plain.replaceAll('mallory', '\\u043c\\u0430\\u0448\\u0430'),
      plain.replaceAll('mallory', 'маша'),
    ]) {
      const { otherCalls } = (await replayed(objectsOf(spelt))).alerts[0]!.evidence;
      expect(otherCalls.map(({ name }) => name)).toEqual(['CreateAccessKey', 'GetCallerIdentity', 'ListUsers']);
    }
  });
});

describe('the search of other files', () => {
  it('lists at most 40 times, and says what it did not list', async () => {
    const objects = [...swept(), ...Array.from({ length: 60 }, (_, index) => file(`xx-north-${index}`, 0, []))];
    const listing = memoryListing(objects);
    const { search } = await evidenceIn(objects, listing);
    expect([listing.asked(), search.listRequests]).toEqual([40, 40]);
    expect(search.notSearched[0]).toMatch(/^files of xx-north-.*: time or list requests were used up$/);
  });

  it('opens at most 100 files, and says how many are left', async () => {
    const { search } = await evidenceIn([...swept(), ...filesOf(130, 'us-east-1')]);
    const notSearched = ['30 more files of that time', 'the trails of other accounts'];
    expect(search).toMatchObject({ nearby: 100, notSearched });
  });

  it('says where there are more files than one request lists, and not that they are missing', async () => {
    const { search } = await evidenceIn([...swept(), ...filesOf(1100, 'us-east-9', -200), file('us-east-9', 0, [])]);
    expect(search.missing).toEqual([]);
    expect(search.arrived).not.toContain('us-east-9');
    expect(search.notSearched[0]).toBe('more files of us-east-9 than one request lists');
  });

  it('needs no more files of a region than those around the calls', async () => {
    const { search } = await evidenceIn([...swept(), ...filesOf(1100, 'us-east-9', 3600)]);
    expect(search.arrived).toContain('us-east-9');
    expect(search.notSearched).toEqual(['the trails of other accounts']);
  });

  it('says of each file that was not read why', async () => {
    const objects = swept();
    const all = [...objects, ...[1, 2, 3].map((at) => file('us-east-9', 0, sweep({ regions: 9 }), `n${at}`))];
    // Enough for the files with the calls, and for a little more.
    const bytes = objects.reduce((sum, { pieces }) => sum + pieces[0]!.length, 0) + 1;
    const { calls, gaps, search } = await gathered(objects, {
      reading: readingOf(all, { listing: memoryListing([...all, file('us-east-8', 0, [])]) }),
      limits: { objects: 500, bytes },
    });
    expect({ calls, gaps }).toEqual({ calls: 10, gaps: [] });
    expect(search).toMatchObject({ named: 10, read: 10, nearby: 1 });
    expect(search.notSearched).toEqual([
      '1 more file: could not be read to the end',
      '2 more files: only the first 0 MiB were read',
      'the trails of other accounts',
    ]);
  });

  it('never fails an alert', async () => {
    const fails = async () => {
      throw new ObjectReadError('s3://b/: cannot be listed: AccessDenied');
    };
    const evidence = await evidenceIn(swept(), { folders: fails, keys: fails, asked: () => 0 });
    const notSearched = ['other files: s3://b/: cannot be listed: AccessDenied'];
    expect(evidence).toMatchObject({ calls: 10, gaps: [], search: { arrived: undefined, notSearched } });
  });

  it('says if nothing can be listed, or no object is named as a file of a trail', async () => {
    expect((await evidenceIn(objectsOf(document(TEN)))).search.notSearched[0]).toMatch(
      /not named as a trail's files are/,
    );
    const { alerts } = await replayed(swept());
    expect(alerts[0]!.evidence.search.notSearched).toEqual(['other files: they cannot be listed here']);
  });
});

describe('the bounds of evidence', () => {
  const timeUpAfter = (calls: number) => {
    let asked = 0;
    return () => ++asked > calls;
  };

  it.each<[string, Partial<EvidenceOptions>, number, string]>([
    ['the time', { isTimeUp: timeUpAfter(4) }, 4, 'not all objects could be opened in time'],
    ['the objects', { limits: { objects: 3, bytes: 1 << 29 } }, 3, 'only 3 of 10 objects were opened'],
    ['the bytes', { limits: { objects: 500, bytes: 1500 } }, 3, 'only the first 0 MiB were read'],
  ])('are %s', async (_, options, most, gap) => {
    const { calls, gaps } = await gathered(swept(), options);
    expect(calls).toBe(most);
    expect(gaps).toEqual([gap]);
  });

  it('are the time for other calls', async () => {
    const evidence = await gathered(objectsOf(...TEN.map((one) => document([one]))), { isTimeUp: timeUpAfter(10) });
    expect(evidence).toMatchObject({ calls: 10, gaps: [], search: { named: 10, read: 10 } });
    expect(evidence.search.notSearched[0]).toBe(
      'other calls in 1 file with calls of the alert: not all objects could be opened in time',
    );
  });

  it('let the alert go out when a fault of our own ends the search', async () => {
    const isTimeUp = () => assert.fail('no clock');
    const { gaps } = await gathered(swept(), { isTimeUp });
    expect(gaps).toEqual(['an internal error (no clock) ended the search; please report it']);
  });

  it('do not matter to an alert of as many regions as somebody may make up', async () => {
    const regions = Array.from({ length: 150_000 }, (_, index) => `r-${index}`);
    const detection = detectionIn(swept(), regions);
    const evidence = await gathered(swept(), {}, detection);
    const { event, regionsweep } = renderEcs(buildAlert({ detection, evidence, rule: DEFAULT_PARAMETERS }));
    expect(regionsweep.region_count).toBe(150_000);
    expect(event.start).toBe(iso(T0 + 1));
  });

  it('are those of each alert of a steady scanner', async () => {
    const records = Array.from({ length: 200 }, (_, window) => sweep({ regions: 10, at: T0 + window * 30 })).flat();
    const { alerts } = await replayed(objectsOf(document(records)));
    expect(alerts).toHaveLength(200);
    for (const { evidence } of alerts) expect(evidence.calls).toBe(10);
    // Ten minutes and a window around each, without the window itself.
    expect(alerts[100]!.evidence.otherCalls).toMatchObject([{ name: 'DescribeInstances', calls: 200 }]);
  });
});
