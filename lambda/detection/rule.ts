/**
 * The rule as data. The idea is that of Elastic's "AWS EC2 Multi-Region DescribeInstances API Calls"; every sentence
 * here is our own.
 */

/** `slow` marks alerts of the slow window; it cannot be set. */
export type Windowing = 'tumbling' | 'sliding' | 'slow';

export type GroupBy = 'arn' | 'issuer';

/** What a user may set; the defaults are those of Elastic's rule. docs/configuration.md takes its text from here. */
export interface RuleParameters {
  /** Distinct regions that make a detection. @default 10 */
  readonly minRegions: number;
  /**
   * Distinct calls that make a detection. Values up to `minRegions` have no effect: each region is a call already.
   * @default `minRegions`
   */
  readonly minCalls: number;
  /** Length of the window, in seconds. @default 30 */
  readonly windowSeconds: number;
  /** Windows aligned to the clock (`tumbling`), or any interval of that length (`sliding`). @default 'tumbling' */
  readonly windowing: Windowing;
  /**
   * Length, in seconds, of a second, sliding window for sweeps that the first misses; their alerts are marked as slow.
   * It takes up to two more reads of the state store for each file with a matched call. 0 is none.
   * @default 0
   */
  readonly slowWindowSeconds: number;
  /**
   * Counts the sessions of a role apart (`arn`) or together (`issuer`). One session name per region evades `arn`.
   * @default 'arn'
   */
  readonly groupBy: GroupBy;
  /**
   * Partition keys that an account is spread over. Raise it when an account saturates a DynamoDB partition; docs/cost.md
   * says when.
   * @default 1
   */
  readonly partitions: number;
  /** Regions whose calls are not counted. @default none */
  readonly ignoreRegions: readonly string[];
}

export const DEFAULT_PARAMETERS: RuleParameters = {
  minRegions: 10,
  minCalls: 10,
  windowSeconds: 30,
  windowing: 'tumbling',
  slowWindowSeconds: 0,
  groupBy: 'arn',
  partitions: 1,
  ignoreRegions: [],
};

/** The CloudTrail call the rule is about; see the EC2 API reference, DescribeInstances. */
export const CALL = { eventSource: 'ec2.amazonaws.com', eventName: 'DescribeInstances' } as const;

/** The longest burst that is one sliding detection, so that a steady scanner is not one endless alert. */
export const LONGEST_BURST_SECONDS = 300;

/** How an alert was judged, to route by. Severity stays the rule's. */
export const ALERT_VERDICTS = ['suspicious', 'unclear', 'likely-benign'] as const;

export type AlertVerdict = (typeof ALERT_VERDICTS)[number];

export const RULE = {
  id: 'ec2-multi-region-describe-instances',
  name: 'EC2 DescribeInstances in many regions within seconds',
  version: '1',
  description:
    'One identity called EC2 DescribeInstances in many AWS regions within seconds, as someone does who explores what a stolen key can reach.',
  severity: 'low',
  riskScore: 21,
  origin: {
    name: 'AWS EC2 Multi-Region DescribeInstances API Calls',
    id: '393ef120-63d1-11ef-8e38-f661ea17fbce',
    version: '3',
  },
  /** the page of Elastic's rule */
  reference:
    'https://github.com/elastic/detection-rules/blob/main/rules/integrations/aws/discovery_ec2_multi_region_describe_instances.toml',
  threat: {
    framework: 'MITRE ATT&CK',
    tactic: { id: 'TA0007', name: 'Discovery', reference: 'https://attack.mitre.org/tactics/TA0007/' },
    technique: {
      id: 'T1580',
      name: 'Cloud Infrastructure Discovery',
      reference: 'https://attack.mitre.org/techniques/T1580/',
    },
  },
  tags: [
    'Domain: Cloud',
    'Data Source: AWS',
    'Data Source: AWS EC2',
    'Resources: Investigation Guide',
    'Use Case: Threat Detection',
    'Tactic: Discovery',
  ],
  references: [
    'https://attack.mitre.org/tactics/TA0007/',
    'https://attack.mitre.org/techniques/T1580/',
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html',
  ],
} as const;

export function slowRule(rule: RuleParameters): RuleParameters | undefined {
  const { slowWindowSeconds: windowSeconds } = rule;
  return windowSeconds === 0 ? undefined : { ...rule, windowing: 'slow', windowSeconds };
}

export function crossesBuckets({ windowing, slowWindowSeconds }: RuleParameters): boolean {
  return windowing !== 'tumbling' || slowWindowSeconds > 0;
}

/** Whether distinct calls must be counted too; otherwise the regions imply enough calls. */
export const countsCalls = (rule: RuleParameters) => rule.minCalls > rule.minRegions;

/** Without `minCalls`, `minRegions` is the threshold of calls too: otherwise lowering it would have no effect. */
export function thresholds(minRegions = DEFAULT_PARAMETERS.minRegions, minCalls = minRegions) {
  return { minRegions, minCalls };
}
