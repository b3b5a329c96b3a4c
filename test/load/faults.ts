import type { Random } from '../../bin/synthetic-trail/random';

export type FaultKind =
  /** the process ends, before or after the request was carried out */
  | 'kill'
  /** refused for being too much */
  | 'throttle'
  /** refused for no permission, which the SDK does not try again */
  | 'refuse'
  /** carried out, and the answer lost */
  | 'lost answer'
  /** the function ends well, but its messages are received again */
  | 'lost acknowledgement';

export type Service = 'dynamodb' | 's3' | 'sns' | 'sqs';

type Rates = Partial<Readonly<Record<FaultKind, number>>>;

/** Shares of requests. Of those to SNS a fifth fails. */
const RATES: Readonly<Record<Service, Rates>> = {
  dynamodb: { kill: 0.0004, throttle: 0.02, 'lost answer': 0.01 },
  s3: { kill: 0.0004, throttle: 0.01, 'lost answer': 0.01 },
  sns: { kill: 0.01, throttle: 0.1, refuse: 0.1, 'lost answer': 0.03 },
  sqs: { kill: 0.01, throttle: 0.02, 'lost answer': 0.02 },
};

/** Of invocations. */
const LOST_ACKNOWLEDGEMENTS = 0.02;

/** Draws what fails, until it is calm. */
export class Faults {
  isCalm = false;

  constructor(private readonly random: Random) {}

  ofRequest(service: Service): FaultKind | undefined {
    let chance = this.random.fraction();
    for (const [kind, rate] of Object.entries(RATES[service]) as [FaultKind, number][]) {
      if (chance < rate) return this.isCalm ? undefined : kind;
      chance -= rate;
    }
    return undefined;
  }

  ofInvocation(): FaultKind | undefined {
    return this.random.chance(LOST_ACKNOWLEDGEMENTS) && !this.isCalm ? 'lost acknowledgement' : undefined;
  }

  isFirst(): boolean {
    return this.random.chance(0.5);
  }
}

/** One invocation: what it published, and what failed in it; in milliseconds of one clock. */
export interface Run {
  readonly function: number;
  readonly faults: { readonly at: number; readonly kind: FaultKind; readonly service?: Service }[];
  readonly published: { readonly at: number; readonly name: string }[];
  end: 'running' | 'done' | 'killed' | 'timed out';
}

/** Why what was published at a time may have to be published again. That the topic refuses others is no reason. */
export function disturbanceOf({ end, faults }: Run, since: number): string | undefined {
  if (end !== 'done') return end;
  const fault = faults.find(({ at, kind, service }) => at >= since && (service !== 'sns' || kind === 'lost answer'));
  return fault && `${fault.kind}${fault.service === undefined ? '' : ` of ${fault.service}`}`;
}
