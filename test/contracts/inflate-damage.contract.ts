import { Readable } from 'node:stream';
import type { InflateEngine } from '../../lambda/ports';
import { attempt, errorOf, expectNamed, LARGE, lying, MIB, SMALL, stored, TEXT } from './inflate-samples';

/** Damaged objects are refused, each by name, and never give other output than intact ones. */
export function inflateDamageContract(engine: () => InflateEngine): void {
  it('refuses an object of no bytes, or of an empty piece', async () => {
    for (const pieces of [[], [new Uint8Array(0)]]) expectNamed(await errorOf(engine(), Readable.from(pieces)));
  });

  it('refuses a first or second member cut at any byte', async () => {
    for (let end = 1; end < SMALL.length; end++) {
      const cut = SMALL.subarray(0, end);
      expectNamed(await errorOf(engine(), stored(cut, [9])));
      expectNamed(await errorOf(engine(), stored(Buffer.concat([SMALL, cut]), [SMALL.length])));
    }
    for (const end of [LARGE.length - 1, LARGE.length - 8, LARGE.length - 9, 1_500_000]) {
      expectNamed(await errorOf(engine(), stored(LARGE.subarray(0, end), [700_000])));
    }
  });

  it('never gives other output for an object with a changed byte', async () => {
    const object = Buffer.concat([SMALL, SMALL]);
    const intact = Buffer.concat([TEXT, TEXT]);
    let refused = 0;
    for (let at = 0; at < object.length; at++) {
      for (const change of [0x01, 0x80, 0xff, object[at] ?? 0]) {
        const changed = Buffer.from(object);
        changed[at] = (changed[at] ?? 0) ^ change;
        const result = await attempt(engine(), stored(changed));
        if ('error' in result) {
          expectNamed(result.error);
          refused++;
        } else {
          expect(result.output.equals(intact)).toBe(true);
        }
      }
    }
    // Only time stamp, system and hints in the header may change unnoticed.
    expect(refused).toBeGreaterThan(object.length * 3);
  });

  it.each([20, 500_000, 1_990_000, LARGE.length - 6, LARGE.length - 2])(
    'refuses a large object with byte %i changed',
    async (at) => {
      const changed = Buffer.from(LARGE);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      expectNamed(await errorOf(engine(), stored(changed, [65_536, 1_900_000])));
    },
  );

  it.each([
    ['text', Buffer.from('{"Records":[]}')],
    ['one byte', Buffer.from('x')],
    ['zeros, then text', Buffer.from('\0\0\0text')],
    ['zeros, then a member', Buffer.concat([Buffer.alloc(2), SMALL])],
    ['its own trailer again', SMALL.subarray(-8)],
    ['a bare gzip magic', Buffer.from([0x1f, 0x8b])],
  ])('refuses an object followed by %s', async (_, tail) => {
    for (const body of [SMALL, LARGE]) {
      const object = Buffer.concat([body, tail]);
      for (const cuts of [[], [body.length], [body.length + 1], [body.length - 3]]) {
        expectNamed(await errorOf(engine(), stored(object, cuts)));
      }
    }
  });

  it.each([0, 1, 70, 72, 30_000, 5 * MIB, 0xffff_ffff])('refuses a member that claims %i bytes', async (claim) => {
    expectNamed(await errorOf(engine(), stored(lying(TEXT, claim))));
  });

  it('refuses plain JSON, and says that it may not be gzip', async () => {
    const error = await errorOf(engine(), stored(TEXT));
    expectNamed(error);
    expect(error).toHaveProperty('message', expect.stringMatching(/not gzip.*replace it with an intact copy/));
  });
}
