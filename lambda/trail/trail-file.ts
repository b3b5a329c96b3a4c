/**
 * Where a file of a trail lies, by its key. Source: AWS CloudTrail user guide, "Finding your CloudTrail log files" and
 * "CloudTrail log file name format": `…/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_….json.gz`.
 */
import { formatInstant, parseInstant } from '../time';
import { classifyKey } from './object-key';

export interface TrailFile {
  /** the key up to and with `CloudTrail/`: below it lies a folder for each region */
  readonly root: string;
  readonly account: string;
  readonly region: string;
  /** the time in the name, UTC epoch seconds: five minutes that its records end in, or shortly before */
  readonly slot: number;
}

/** Seconds from one file name's time to the next. */
export const SLOT_SECONDS = 300;

const NAMED_TIME = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_[^/]*$/;

/** `undefined` for a key that no trail wrote. */
export function trailFileOf(key: string): TrailFile | undefined {
  const kind = classifyKey(key);
  const time = NAMED_TIME.exec(key);
  if (kind.kind !== 'log' || time === null) return undefined;
  const [, year, month, day, hour, minute] = time;
  const slot = parseInstant(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
  if (slot === undefined) return undefined;
  const { account, region } = kind;
  return {
    root: key.slice(0, key.lastIndexOf(`/CloudTrail/${region}/`) + '/CloudTrail/'.length),
    account,
    region,
    slot,
  };
}

/** The key that every file of a region named at `second` or later comes behind, and every earlier one before. */
export function keyBefore(
  { root, account }: Pick<TrailFile, 'root' | 'account'>,
  region: string,
  second: number,
): string {
  const time = formatInstant(slotOf(second));
  const day = time.slice(0, 10).replaceAll('-', '/');
  const stamp = `${day.replaceAll('/', '')}T${time.slice(11, 16).replace(':', '')}Z`;
  return `${root}${region}/${day}/${account}_CloudTrail_${region}_${stamp}`;
}

export function slotOf(second: number): number {
  return Math.floor(second / SLOT_SECONDS) * SLOT_SECONDS;
}
