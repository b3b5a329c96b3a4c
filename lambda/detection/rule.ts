/**
 * The rule as data. Idea of origin: Elastic's "AWS EC2 Multi-Region DescribeInstances API Calls"; every sentence here
 * is our own.
 */

export type Windowing = 'tumbling' | 'sliding';

export type GroupBy = 'arn' | 'issuer';

/** What a user may set. Seconds are whole; the defaults are the rule of origin's. */
export interface RuleParameters {
  /** distinct regions that make a hit */
  readonly minRegions: number;
  /** distinct calls that make a hit; at or below `minRegions` the regions alone decide */
  readonly minCalls: number;
  readonly windowSeconds: number;
  readonly windowing: Windowing;
  /** whether sessions of one role count as one actor (`issuer`) or apart (`arn`) */
  readonly groupBy: GroupBy;
  /** ledger partitions an account is spread over */
  readonly partitions: number;
  /** regions whose calls are passed over and counted */
  readonly ignoreRegions: readonly string[];
}

export const DEFAULT_PARAMETERS: RuleParameters = {
  minRegions: 10,
  minCalls: 10,
  windowSeconds: 30,
  windowing: 'tumbling',
  groupBy: 'arn',
  partitions: 1,
  ignoreRegions: [],
};

/** The CloudTrail call the rule is about; see the EC2 API reference, DescribeInstances. */
export const CALL = { eventSource: 'ec2.amazonaws.com', eventName: 'DescribeInstances' } as const;

/** The longest burst told as one sliding hit, so that a steady scanner is not one endless alert. */
export const LONGEST_BURST_SECONDS = 300;

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

/** Whether distinct calls must be counted beside the regions: each region of a hit is at least one call already. */
export function countsCalls(rule: RuleParameters): boolean {
  return rule.minCalls > rule.minRegions;
}

/** A threshold of regions given alone is that of calls too: else fewer regions would still ask for as many calls. */
export function thresholds(
  minRegions: number = DEFAULT_PARAMETERS.minRegions,
  minCalls: number = minRegions,
): Pick<RuleParameters, 'minRegions' | 'minCalls'> {
  return { minRegions, minCalls };
}
