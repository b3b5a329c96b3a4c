import { ENVIRONMENT } from '../../lambda/settings';
import { T0 } from '../support/records';
import { startEmulatedWorld } from './emulated-world';
import { sweepObjects, userOf } from './trails';

const HOUR = 3600;

/**
 * Lambda drops what one of its functions sends itself over and over, and what shares a batch with it. Each message is
 * delivered with the trace header it was sent with, as SQS does it.
 */
it('no message that the function sends in a day is caused by another one that it sent', async () => {
  const world = await startEmulatedWorld({
    [ENVIRONMENT.suppressMinutes]: '720',
    [ENVIRONMENT.followUpMinutes]: '15',
    [ENVIRONMENT.capAlerts]: '2',
  });
  const account = world.newAccount();
  const deliver = (name: string, minutes: number) =>
    world.deliver(sweepObjects({ account, actor: userOf(account, name), regions: 10, at: T0 + minutes * 60 }));
  // Published; a repeat that is suppressed for twelve hours; and one that the rate limit holds.
  await deliver('mallory', 0);
  await deliver('mallory', 1);
  await deliver('trudy', 2);
  for (let hour = 0; hour < 24; hour += 1) await world.runtime.passTime(HOUR);
  const kinds = (await world.inbox.all()).map(({ attributes }) => attributes.kind);
  const { lineages } = world.runtime;
  await world.close();
  expect(kinds).toEqual(expect.arrayContaining(['alert', 'summary', 'notice']));
  // A follow-up, a notice and a summary at least, each sent by an invocation that the schedule began.
  expect(lineages!.length).toBeGreaterThanOrEqual(3);
  expect(Math.max(...lineages!)).toBe(1);
}, 120_000);
