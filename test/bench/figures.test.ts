import { differenceOf } from '../../bench/corpus/answer';
import { figureTable } from '../../bench/report';
import { inTurn, median, medianRatio } from '../../bench/statistics';
import { type Figure, TARGETS, verdictOf } from '../../bench/targets';

const figure = (name: Figure['name'], value: number): Figure => ({ name, value, note: '' });

describe('a verdict', () => {
  it.each([
    ['wall', 0.45, 'stretch'],
    ['wall', 0.46, 'pass'],
    ['wall', 0.55, 'pass'],
    ['wall', 0.56, 'miss'],
    ['naive', 8, 'stretch'],
    ['naive', 7.9, 'pass'],
    ['naive', 5.9, 'miss'],
    ['memory', 160, 'pass'],
    ['memory', 161, 'miss'],
    ['jq', Number.NaN, 'not measured'],
  ] as const)('of %s at %d is %s', (name, value, verdict) => {
    expect(verdictOf(figure(name, value))).toBe(verdict);
  });

  it('is of the number itself, not of how it is written', () => {
    expect(verdictOf(figure('start', 1.1549))).toBe('miss');
    expect(figureTable([figure('start', 1.1549)])).toContain('| miss |');
  });

  it('has a stretch that asks for more than what must be reached', () => {
    for (const name of Object.keys(TARGETS) as Figure['name'][]) {
      const { better, must, stretch = must }: { better: string; must: number; stretch?: number } = TARGETS[name];
      expect([name, better === 'smaller' ? stretch <= must : stretch >= must]).toEqual([name, true]);
    }
  });
});

describe('an answer', () => {
  const detection = { windowStart: 30, actor: 'a', regions: 10 };
  const other = { windowStart: 60, actor: 'b', regions: 11 };

  it('may come in any order', () => {
    expect(differenceOf([detection, other], [other, detection])).toBeUndefined();
    expect(differenceOf([], [])).toBeUndefined();
  });

  it.each([
    ['lacks a detection', [detection], [detection, other], '1 of 2 detections; lacks 60 b 11'],
    ['has one too many', [detection, other], [detection], '2 of 1 detections; has 60 b 11'],
    ['counts otherwise', [{ ...detection, regions: 9 }], [detection], '1 of 1 detections; lacks 30 a 10'],
    ['has one twice', [detection, detection], [detection], '2 of 1 detections; has 30 a 10'],
  ])('is void when it %s', (_, given, right, difference) => {
    expect(differenceOf(given, right)).toBe(difference);
  });
});

describe('statistics', () => {
  it('takes the middle, and of two middles the mean', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it('compares within a round: a slow moment falls on both', () => {
    expect(medianRatio([2, 20, 4], [1, 10, 2])).toBe(2);
  });

  it('runs its subjects in turn, three times more than it counts', async () => {
    const order: string[] = [];
    const seconds = await inTurn({ a: () => order.push('a'), b: () => order.push('b') }, 2);
    expect(order.join('')).toBe('ababababab');
    expect([seconds.a.length, seconds.b.length]).toEqual([2, 2]);
  });
});
