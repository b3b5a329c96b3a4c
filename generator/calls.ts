import { EC2_CALLS } from './calls-ec2';
import { SERVICE_CALLS } from './calls-services';
import type { Kind } from './inventory';
import type { Json, JsonObject } from './json';
import type { Site } from './places';
import type { Random } from './random';

/** Where and when a call is made, and what there is to ask for. */
export interface CallSite extends Site {
  /** Epoch second. */
  readonly second: number;
  readonly requestId: string;
  /** One of the things of a kind that are there. */
  one<T>(kind: Kind<T>): T;
}

/** What one call's record carries beside who, when and where. */
export interface CallDetails {
  readonly requestParameters: Json;
  readonly responseElements?: Json;
  readonly additionalEventData?: JsonObject;
  readonly resources?: readonly JsonObject[];
}

/** A kind of API call. */
export interface Call {
  /** As `ec2.amazonaws.com`. */
  readonly source: string;
  readonly name: string;
  readonly readOnly: boolean;
  /** How often benign traffic makes it, against the others. */
  readonly weight: number;
  /** `global` calls are recorded in us-east-1 only. */
  readonly global?: boolean;
  /** Who makes it: people and programs when absent, or AWS services by themselves. */
  readonly by?: 'services';
  readonly eventType?: 'AwsConsoleSignIn' | 'AwsServiceEvent';
  /** The writer of this record escapes `=`, `&`, `<`, `>` and `'` as `\u003d` and so on. */
  readonly escaped?: boolean;
  details(site: CallSite, random: Random): CallDetails;
}

/** The call the rule is about; benign traffic makes it as often as a trail's spec says, so it has no weight here. */
export const DESCRIBE_INSTANCES: Call = {
  source: 'ec2.amazonaws.com',
  name: 'DescribeInstances',
  readOnly: true,
  weight: 0,
  details: (_, random) => ({ requestParameters: random.pick(DESCRIBE_INSTANCES_PARAMETERS) }),
};

const DESCRIBE_INSTANCES_PARAMETERS: readonly Json[] = [
  { instancesSet: {}, filterSet: {} },
  { maxResults: 1000, instancesSet: {}, filterSet: {} },
  {
    maxResults: 1000,
    instancesSet: {},
    filterSet: { items: [{ name: 'instance-state-name', valueSet: { items: [{ value: 'running' }] } }] },
  },
];

/** Every other call of the catalogue. */
export const BENIGN_CALLS: readonly Call[] = [...EC2_CALLS, ...SERVICE_CALLS];

/**
 * A call by its name.
 * @param name as `DescribeInstances`; where services share a name, the EC2 one
 * @throws RangeError when the catalogue has none of that name
 */
export function callNamed(name: string): Call {
  const found = [DESCRIBE_INSTANCES, ...BENIGN_CALLS].find((call) => call.name === name);
  if (found === undefined) throw new RangeError(`the catalogue of calls has no ${name}`);
  return found;
}
