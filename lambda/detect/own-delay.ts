/** A message about a time that ends is asked for this long after its end, when every function's clock is past it. */
const SLACK_SECONDS = 5;

/** SQS delays a message no longer; source: Amazon SQS API reference, SendMessage. */
const LONGEST_DELAY_SECONDS = 900;

/**
 * @param until epoch second a time is over, exclusive
 * @returns seconds a message about it may wait in the queue; 0 when the time is over for everybody
 */
export function delayUntilOver(until: number, now: number): number {
  const wait = until + SLACK_SECONDS - now;
  return Math.ceil(Math.min(Math.max(wait, 0), LONGEST_DELAY_SECONDS));
}
