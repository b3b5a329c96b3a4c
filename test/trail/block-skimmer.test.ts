import fc from 'fast-check';
import { blockSkimmerFor } from '../../lambda/trail/skim/block-skimmer';
import { holds } from '../support/properties';
import { type Scan, scanPieces } from '../support/scan-reference';

const NEEDLES = ['"198.51.100.7"', 'mallory"', '"AKIAMALLORY"'];

/** Texts around the needles, some of which hide one, and records that the skimmer behind it stops at. */
const texts = fc.constantFrom(
  ...NEEDLES.map((needle) => JSON.stringify(needle).slice(1, -1)),
  ...[
    '198.51.100.7',
    'user/mallory',
    'mallory and more',
    'AKIAMALLORY',
    'DescribeInstances',
    'é😀',
    '\u0001',
  ],
);
const padding = fc.nat({ max: 3000 }).map((length) => 'p'.repeat(length));
const record = fc.tuple(padding, fc.option(texts, { freq: 8 }), padding).map(([before, text, after]) => {
  const source = JSON.stringify({ before, text, after });
  return text === 'AKIAMALLORY' ? source.replace('AKIA', '\\u0041KIA') : source;
});
const document = fc
  .tuple(fc.array(record, { maxLength: 60 }), fc.constantFrom('', '', '', '}', ',{"a":}'))
  .map(([elements, fault]) => Buffer.from(`{"Records":[${elements.join(',')}${fault}]}`));
const sizes = fc.constantFrom([1 << 20], [70_000], [5000], [999, 40_000]);

function toldBy({ error, ...rest }: Scan): unknown {
  return { ...rest, error: error?.message };
}

it('changes nothing, whatever the blocks hold', async () => {
  let found = 0;
  await holds(
    1500,
    fc.property(document, sizes, fc.boolean(), (bytes, pieces, inPlace) => {
      const plain = scanPieces(bytes, pieces, NEEDLES);
      const skimmed = scanPieces(bytes, pieces, NEEDLES, blockSkimmerFor(NEEDLES), inPlace);
      expect(toldBy(skimmed)).toEqual(toldBy(plain));
      found += plain.values.size;
    }),
  );
  expect(found).toBeGreaterThan(1000);
});

it('passes over nearly all that lies beside the needles', () => {
  const passed = (length: number) => {
    const skimmer = blockSkimmerFor(NEEDLES)!;
    const elements = Array.from({ length: 300 }, () => `{"a":"${'p'.repeat(length)}"}`);
    elements[150] = `{"a":"user/mallory"}`;
    const chunk = Buffer.from(`[${elements.join(',')}]`);
    skimmer.enter(chunk);
    skimmer.skim(1);
    return { records: skimmer.records, near: chunk.indexOf('mallory') - skimmer.stop };
  };
  const { records, near } = passed(700);
  expect(records).toBeGreaterThan(145);
  expect(near).toBeLessThan(2048);
  // Of records larger than a block none is passed.
  expect(passed(20_000).records).toBe(0);
});

it('is none where every record counts', () => {
  expect(blockSkimmerFor([])).toBeUndefined();
  expect(blockSkimmerFor(['"a"', ''])).toBeUndefined();
});
