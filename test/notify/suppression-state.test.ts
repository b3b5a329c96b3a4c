import { changePeriod, isSummarized, NOT_SUPPRESSED, runningPeriod, start } from '../../lambda/notify/suppression';

const begun = start(NOT_SUPPRESSED, 'a', 100.7, 60)!;

it('begins at a whole second, and runs to its end', () => {
  expect(begun.periods).toEqual([{ alertId: 'a', from: 100, until: 160, summary: 'none' }]);
  expect(runningPeriod(begun, 'b', 159)?.alertId).toBe('a');
  expect(runningPeriod(begun, 'b', 160)).toBeUndefined();
});

it('takes no alert for a repeat of itself', () => expect(runningPeriod(begun, 'a', 101)).toBeUndefined());

it('holds for a clock that is behind', () => expect(runningPeriod(begun, 'b', 99)?.from).toBe(100));

it('is not begun again while it runs, and then keeps only what is due', () => {
  expect(start(begun, 'b', 159, 60)).toBeUndefined();
  expect(start(begun, 'b', 160, 60)!.periods.map(({ from }) => from)).toEqual([160]);
  const asked = changePeriod(begun, 100, (period) => ({ ...period, summary: 'scheduled' }))!;
  expect(start(asked, 'b', 160, 60)!.periods.map(({ from }) => from)).toEqual([100, 160]);
  const told = changePeriod(asked, 100, (period) => ({ ...period, summary: 'sent' }))!;
  expect(start(told, 'b', 160, 60)!.periods.map(({ from }) => from)).toEqual([160]);
});

it('is summed up once somebody is at it, until that is over in vain', () => {
  const [period] = begun.periods;
  expect(isSummarized(period!, 170)).toBe(false);
  expect(isSummarized({ ...period!, leaseUntil: 171 }, 170)).toBe(true);
  expect(isSummarized({ ...period!, leaseUntil: 170 }, 170)).toBe(false);
  expect(isSummarized({ ...period!, summary: 'sent', leaseUntil: 0 }, 170)).toBe(true);
});

it('changes nothing of a time that is not known', () => {
  expect(changePeriod(begun, 99, (period) => period)).toBeUndefined();
});
