import { classifyKey, classifyPath, trailFileOf } from '../../lambda/trail/object-key';

const DAY = '2026/11/24';
const FILE = '111122223333_CloudTrail_us-east-1_20261124T0405Z_abc.json.gz';
const KEY = `AWSLogs/111122223333/CloudTrail/us-east-1/${DAY}/${FILE}`;
const LOG = { kind: 'log', account: '111122223333', region: 'us-east-1', day: DAY };

describe('a key in a bucket', () => {
  it.each([
    ['of a trail', KEY],
    ['of an organisation trail', KEY.replace('AWSLogs/', 'AWSLogs/o-a1b2c3d4e5/')],
    ['under a prefix', `security/logs/${KEY}`],
    ['under a prefix that looks like a digest', `CloudTrail-Digest-archive/${KEY}`],
    ['under a prefix that holds AWSLogs too', `AWSLogs/${KEY}`],
  ])('%s is a log', (_, key) => {
    expect(classifyKey(key)).toEqual(LOG);
  });

  it.each(['us-gov-west-1', 'cn-northwest-1', 'us-iso-east-1', 'ap-southeast-7', 'mx-central-1', 'eusc-de-east-1'])(
    'may name the region %s',
    (region) => {
      expect(classifyKey(KEY.replaceAll('us-east-1', region))).toEqual({ ...LOG, region });
    },
  );

  it.each([
    ['digest', KEY.replaceAll('CloudTrail', 'CloudTrail-Digest')],
    ['insight', KEY.replaceAll('CloudTrail', 'CloudTrail-Insight')],
    ['aggregated', KEY.replaceAll('CloudTrail', 'CloudTrail-Aggregated')],
    ['digest', KEY.replace('_CloudTrail_', '_CloudTrail-Digest_')],
    ['another service', KEY.replace('/CloudTrail/', '/Config/')],
    ['another service', `x/AWSLogs/o-a1b2c3d4e5/111122223333/vpcflowlogs/us-east-1/${DAY}/x.log.gz`],
    ['another service', 'AWSLogs/111122223333/Config/ConfigWritabilityCheckFile'],
    ['macOS metadata', KEY.replace(FILE, `._${FILE}`)],
    ['macOS metadata', `__MACOSX/${KEY}`],
    ['other', KEY.replace('111122223333', '11112222333')],
    ['other', KEY.replace('.json.gz', '.json')],
    ['other', KEY.replace(DAY, '2026/11')],
    ['other', KEY.replace('AWSLogs/', 'AWSLogs/o-short/')],
    ['other', `x${KEY}`],
    ['other', `${KEY}.tmp`],
    ['other', `AWSLogs/111122223333/CloudTrail/us-east-1/${DAY}/`],
    ['other', ''],
  ])('is %s: %s', (kind, key) => {
    expect(classifyKey(key)).toEqual({ kind });
  });
});

it.each([
  ['of the time in its name', KEY, Date.UTC(2026, 10, 24, 4, 5) / 1000],
  ['of no time, since November has 30 days', KEY.replace('20261124T', '20261131T'), undefined],
  ['of no time, since a day has 24 hours', KEY.replace('T0405Z', 'T2505Z'), undefined],
])('a log is a file %s', (_, key, slot) => {
  expect(classifyKey(key)).toEqual(LOG);
  expect(trailFileOf(key)?.slot).toBe(slot);
});

describe('a local path', () => {
  it.each([
    ['log', 'export.json'],
    ['log', 'a/b/anything.JSON.GZ'],
    ['log', KEY],
    ['digest', KEY.replaceAll('CloudTrail', 'CloudTrail-Digest')],
    ['insight', KEY.replaceAll('CloudTrail', 'CloudTrail-Insight')],
    ['aggregated', KEY.replaceAll('CloudTrail', 'CloudTrail-Aggregated')],
    ['other', 'README.md'],
    ['other', 'trail.json.gz.part'],
    ['other', 'trail.gz'],
    ['other', 'json'],
    ['log', `CloudTrail-Insights-review/${KEY}`],
    ['log', 'events.jsonl'],
    ['log', 'events.NDJSON.gz'],
    ['log', 'export.json (1).gz'],
    ['other', 'events.log'],
    ['another service', `evidence/${KEY.replace('/CloudTrail/', '/Config/')}`],
    ['macOS metadata', '._export.json'],
    ['macOS metadata', 'evidence/._notes.md'],
    ['macOS metadata', '__MACOSX/a/export.json'],
    ['log', 'a/_.json'],
  ])('is %s: %s', (kind, path) => {
    expect(classifyPath(path)).toBe(kind);
  });
});
