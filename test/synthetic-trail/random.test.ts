import { Random } from '../../bin/synthetic-trail/random';
import { expectBetween } from './read-trail';

describe('Random', () => {
  it('gives the same numbers for the same labels, on every platform', () => {
    const random = Random.seeded('seed', 'sweep', 3);
    const drawn = Array.from({ length: 4 }, () => random.word());
    expect(drawn).toEqual([1545534861, 3765186450, 3068332299, 880595472]);
  });

  it('gives other numbers for other labels, however they are split', () => {
    const streams = [Random.seeded('a', 'b'), Random.seeded('ab'), Random.seeded('b', 'a'), Random.seeded('a', 'b', 0)];
    expect(new Set(streams.map((random) => random.word())).size).toBe(4);
  });

  it('reaches both ends of a range and nothing beyond', () => {
    const random = Random.seeded(1);
    const drawn = Array.from({ length: 500 }, () => random.integer(-2, 3));
    expect(new Set(drawn)).toEqual(new Set([-2, -1, 0, 1, 2, 3]));
  });

  it('is true as often as requested', () => {
    const random = Random.seeded(2);
    expectBetween(Array.from({ length: 10_000 }, () => random.chance(0.2)).filter(Boolean).length, 1850, 2150);
    expect([random.chance(0), random.chance(1)]).toEqual([false, true]);
  });

  it('favours the first of a list, and takes the last ones too', () => {
    const random = Random.seeded(5);
    const drawn = Array.from({ length: 4000 }, () => random.favour([0, 1, 2, 3, 4, 5, 6, 7]));
    expect(new Set(drawn).size).toBe(8);
    expectBetween(drawn.filter((index) => index === 0).length, 1900, 2100);
  });

  it('shuffles a copy and loses nothing', () => {
    const list = Array.from({ length: 50 }, (_, index) => index);
    const shuffled = Random.seeded(3).shuffle(list);
    expect(shuffled).not.toEqual(list);
    expect([...shuffled].sort((left, right) => left - right)).toEqual(list);
  });

  it('writes well-formed identifiers', () => {
    const random = Random.seeded(4);
    for (let round = 0; round < 100; round++) {
      expect(random.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(random.hex(11)).toMatch(/^[0-9a-f]{11}$/);
      expect(random.base32(9)).toMatch(/^[A-Z2-7]{9}$/);
      expect(random.alphanumeric(16)).toMatch(/^[A-Za-z0-9]{16}$/);
    }
  });
});
