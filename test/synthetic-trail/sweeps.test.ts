import { REGIONS } from '../../bin/synthetic-trail/deliveries';
import { planSweep, type SweepSpec } from '../../bin/synthetic-trail/sweeps';
import { ConfigurationError } from '../../lambda/errors';

const EDGE = 1_795_492_800;

const SPEC: SweepSpec = {
  ...{ account: '111122223333', actor: 'iam-user', name: 'mallory', tool: 'boto3' },
  ...{ regions: 12, start: EDGE, pace: 0.5 },
};

const plan = (changes: Partial<SweepSpec> = {}) => planSweep({ ...SPEC, ...changes }, 'seed');

const parse = (changes: Partial<SweepSpec> = {}) => plan(changes).map((record) => JSON.parse(record.text));

describe('planSweep', () => {
  it('calls each region once, at its pace', () => {
    const records = plan();
    expect(records.map(({ region }) => region)).toEqual(REGIONS.slice(0, 12));
    expect(records.map(({ second }) => second - EDGE)).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    expect(records.every(({ matchedCall }) => matchedCall)).toBe(true);
  });

  it('writes into the record what it planned', () => {
    for (const [index, record] of parse().entries()) {
      expect(record).toMatchObject({
        userIdentity: { arn: 'arn:aws:iam::111122223333:user/mallory' },
        eventTime: `2026-11-24T04:00:0${Math.floor(index / 2)}Z`,
        eventSource: 'ec2.amazonaws.com',
        eventName: 'DescribeInstances',
        awsRegion: REGIONS[index],
      });
    }
    expect(new Set(parse().map((record) => record.sourceIPAddress)).size).toBe(1);
  });

  it.each([0, 3, 20])('keeps the calls before the edge before it, with %d s of jitter', (jitter) => {
    const seconds = plan({ beforeStart: 5, jitter }).map(({ second }) => second);
    expect(seconds.map((second) => second < EDGE)).toEqual(seconds.map((_, index) => index < 5));
  });

  it('refuses the requested share, in the words of EC2', () => {
    const codes = parse({ deniedShare: 0.25 }).map((record) => record.errorCode);
    expect(codes.filter((code) => code === 'Client.UnauthorizedOperation')).toHaveLength(3);
    const throttled = parse({ deniedShare: 1, refusal: 'throttled' });
    expect(new Set(throttled.map(({ errorMessage }) => errorMessage))).toEqual(new Set(['Request limit exceeded.']));
  });

  it('gives each region its own session on request', () => {
    const records = plan({ actor: 'assumed-role', sessions: 'per-region' });
    expect(new Set(records.map(({ actor }) => actor)).size).toBe(12);
    const issuers = records.map(({ text }) => JSON.parse(text).userIdentity.sessionContext.sessionIssuer.arn as string);
    expect(new Set(issuers)).toEqual(new Set(['arn:aws:iam::111122223333:role/mallory']));
  });

  it('repeats calls and regions with new event ids', () => {
    const records = parse({ callsPerRegion: 3, regions: ['us-east-1', 'us-east-1'] });
    expect(new Set(records.map(({ eventID }) => eventID)).size).toBe(6);
  });

  it('has a preamble on request', () => {
    const names = parse({ preamble: true }).map(({ eventName }) => eventName);
    expect(names.slice(0, 3)).toEqual(['GetCallerIdentity', 'DescribeRegions', 'DescribeInstances']);
  });

  it.each<[Partial<SweepSpec>, object]>([
    [{ tool: 'aws-cli' }, { userAgent: expect.stringMatching(/command\/ec2\.describe-instances$/) }],
    [{ tool: 'scoutsuite' }, { userAgent: expect.stringMatching(/Scout Suite/) }],
    [
      { actor: 'console-session', tool: 'console' },
      { userAgent: 'AWS Internal', sourceIPAddress: 'AWS Internal', sessionCredentialFromConsole: 'true' },
    ],
    [
      { actor: 'aws-service', name: 'autoscaling', tool: 'boto3' },
      { userIdentity: { type: 'AWSService' }, sourceIPAddress: 'autoscaling.amazonaws.com' },
    ],
  ])('records the tool of %j', (changes, expected) => {
    expect(parse(changes)[0]).toMatchObject(expected);
  });

  it('refuses more regions than there are, and unknown calls', () => {
    expect(() => plan({ regions: REGIONS.length + 1 })).toThrow(ConfigurationError);
    expect(() => plan({ call: 'DescribeNothing' })).toThrow(RangeError);
  });
});
