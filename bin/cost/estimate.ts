import { costOf, PRICES, type Price, type PriceName, type Prices } from './prices';
import {
  ATHENA_HOURS,
  alertUsage,
  athenaUsage,
  counterUsage,
  detectorUsage,
  standingUsage,
  type Usage,
} from './usage';
import { objectsPerMonth, type Workload } from './workload';

/** One thing that AWS bills. */
export interface Line {
  readonly name: PriceName;
  readonly price: Price;
  /** a month, in what the price counts */
  readonly quantity: number;
  /** US dollars a month */
  readonly usd: number;
}

export interface Bill {
  readonly lines: readonly Line[];
  /** US dollars a month */
  readonly usd: number;
}

/** A month of the workload. */
export interface Estimate {
  readonly objects: number;
  /** by the object */
  readonly reading: Bill;
  /** by the alert, at most */
  readonly alerts: Bill;
  /** for being there */
  readonly standing: Bill;
  /** US dollars a month of what each way of reading costs; alerts and what is standing would be the same for all */
  readonly sideBySide: readonly { readonly way: Way; readonly bill: Bill }[];
}

export const WAYS = {
  detector: 'regionsweep',
  counters: 'one counter an actor and window',
  athenaBest: 'Athena every 5 minutes, if it reads 9 minutes only',
  athenaDay: "Athena every 5 minutes, by CloudTrail's own days",
} as const;

export type Way = keyof typeof WAYS;

export function estimate(workload: Workload, prices: Prices = PRICES): Estimate {
  const bill = (usage: Usage) => billOf(usage, prices);
  const reading = bill(detectorUsage(workload));
  return {
    objects: objectsPerMonth(workload),
    reading,
    alerts: bill(alertUsage(workload)),
    standing: bill(standingUsage()),
    sideBySide: [
      { way: 'detector', bill: reading },
      { way: 'counters', bill: bill(counterUsage(workload)) },
      { way: 'athenaBest', bill: bill(athenaUsage(workload, ATHENA_HOURS.best)) },
      { way: 'athenaDay', bill: bill(athenaUsage(workload, ATHENA_HOURS.day)) },
    ],
  };
}

function billOf(usage: Usage, prices: Prices): Bill {
  const lines = (Object.keys(PRICES) as PriceName[]).flatMap((name): Line[] => {
    const quantity = usage[name] ?? 0;
    const price = prices[name];
    return quantity === 0 ? [] : [{ name, price, quantity, usd: costOf(price, quantity) }];
  });
  return { lines, usd: lines.reduce((sum, { usd }) => sum + usd, 0) };
}

/** US dollars for a million of the workload's objects. */
export function perMillion(usd: number, { objects }: Pick<Estimate, 'objects'>): number {
  return (usd / objects) * 1e6;
}
