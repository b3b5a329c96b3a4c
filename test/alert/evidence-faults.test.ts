import { buildAlert } from '../../lambda/alert/assemble';
import { gatherEvidence } from '../../lambda/alert/evidence/gather';
import { renderEcs } from '../../lambda/alert/render/ecs';
import type { Detection } from '../../lambda/detection/detections';
import { DEFAULT_PARAMETERS } from '../../lambda/detection/rule';
import { MALLORY, T0 } from '../support/records';
import { readingOf } from '../support/replay';

/** Whatever goes wrong while evidence is gathered, the alert goes out. */

const hitIn = (regions: number): Detection => ({
  ...{
    actor: MALLORY,
    start: T0,
    end: T0 + 30,
    decidedAt: T0 + 9,
    objects: [{ bucket: 'b', key: 'gone.json' }],
  },
  regions: Array.from({ length: regions }, (_, i) => ({ region: `r-${i}`, first: T0 + 1, last: T0 + 9 })),
});

async function told(detection: Detection, isTimeUp = () => false) {
  const gathered = await gatherEvidence([detection], { reading: readingOf([]), concurrency: 1, isTimeUp });
  return renderEcs(buildAlert({ detection, evidence: gathered.get(detection)!, rule: DEFAULT_PARAMETERS }));
}

it('says so where a fault of our own ended the search', async () => {
  const { regionsweep } = await told(hitIn(10), () => {
    throw new TypeError('no clock');
  });
  expect(regionsweep).toMatchObject({ region_count: 10, call_count_is_lower_bound: true });
  expect(JSON.stringify(regionsweep)).toContain("a fault of regionsweep's own (no clock) ended the search");
});

it('tells of as many regions as somebody may make up', async () => {
  const { event, regionsweep } = await told(hitIn(150_000));
  expect(regionsweep.region_count).toBe(150_000);
  expect(Date.parse(event.start)).toBe((T0 + 1) * 1000);
});
