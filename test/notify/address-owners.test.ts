import { relative } from 'node:path';
import { OwnerFiles } from '../../lambda/adapters/local/owner-files';
import { invoke, loadFunction } from '../contracts/function-run';
import { REPOSITORY } from '../support/cli';
import { World } from '../support/detector-world';
import { mmdb } from '../support/mmdb';
import { BUCKET, s3Event, s3Record } from '../support/notices';
import { document, sweep, T0 } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

/** The records' source is 198.51.100.7. */
const NETWORK = '198.51.100.0/24';

const asnFile = (organization: string) =>
  mmdb({ [NETWORK]: { autonomous_system_number: 64500, autonomous_system_organization: organization } });

const country = temp.write('country.mmdb', mmdb({ [NETWORK]: { country: { iso_code: 'NL' } } }));

const published = async (asn: Buffer | string) => {
  const owners = new OwnerFiles([temp.write('asn.mmdb', asn), country], (reason) => faults.push(reason));
  const world = new World({ owners });
  await world.play([0, sweep({ regions: 10 })]);
  const [{ body }] = world.messages as [(typeof world.messages)[number]];
  const { email, https, sqs } = JSON.parse(body);
  return { email: email.replace(/\s+/g, ' '), card: JSON.parse(https).content.description, ecs: JSON.parse(sqs) };
};

let faults: string[] = [];

beforeEach(() => {
  faults = [];
});

it('every form of an alert names the owners of its addresses, and the files that say so', async () => {
  const { email, card, ecs } = await published(asnFile('Example Hosting'));
  const text = 'By asn.mmdb and country.mmdb, the calls came from 198.51.100.7 (AS64500 Example Hosting, NL).';
  for (const form of [email, card]) expect(form.replaceAll('[.]', '.')).toContain(text);
  expect(ecs.regionsweep.facts).toContainEqual(
    expect.objectContaining({ id: 'address-owner', leans: 'neither', text }),
  );
  expect(ecs.regionsweep.signals).toContain('address-owner');
  expect(ecs.regionsweep.address_owners).toEqual([
    {
      ...{ address: '198.51.100.7', asn: 64500, organization: 'Example Hosting', country: 'NL' },
      files: ['asn.mmdb', 'country.mmdb'],
    },
  ]);
  expect(ecs.source).toMatchObject({
    as: { number: [64500], organization: { name: ['Example Hosting'] } },
    geo: { country_iso_code: ['NL'] },
  });
});

it('what a file says is text', async () => {
  const { email, card } = await published(asnFile('<b>a.example\u202e@here\nSUSPICIOUS'));
  for (const form of [email, card]) expect(form).not.toMatch(/<b>|a\.example|\u202e|@here|\nSUSPICIOUS/);
});

it('a file that cannot be read loses only its owners, and is reported once', async () => {
  const { ecs } = await published('broken');
  expect(ecs.regionsweep.address_owners).toEqual([{ address: '198.51.100.7', country: 'NL', files: ['country.mmdb'] }]);
  expect(faults).toEqual([expect.stringMatching(/asn\.mmdb: it is not a complete MaxMind database/)]);
});

it.each<[string, Buffer | undefined, object | undefined]>([
  ['reads them from beside its code', asnFile('Example Hosting'), [expect.objectContaining({ asn: 64500 })]],
  ['publishes without them where the file is gone', undefined, undefined],
])('the function %s', async (_what, content, owners) => {
  const file = temp.path(content === undefined ? 'gone.mmdb' : 'function.mmdb');
  if (content !== undefined) temp.write('function.mmdb', content);
  const handler = loadFunction({
    REGIONSWEEP_ASN_DATABASE: relative(`${REPOSITORY}/lambda`, file),
    REGIONSWEEP_TRAIL_BUCKET_NAME: BUCKET,
    REGIONSWEEP_TRAIL_KEY_PREFIX: 'AWSLogs/',
  });
  const key =
    'AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/24/111122223333_CloudTrail_eu-west-1_20261124T0405Z_1.json.gz';
  const { published: messages, failed } = await invoke(handler, {
    ...{ id: 'one', now: T0 + 100, items: [], outage: undefined },
    body: s3Event(s3Record(key)),
    objects: { [key]: document(sweep({ regions: 10 })) },
  });
  expect(failed).toEqual([]);
  const [{ sqs }] = messages as unknown as [{ sqs: { regionsweep: { address_owners?: object } } }];
  if (owners === undefined) expect(sqs.regionsweep.address_owners ?? []).toEqual([]);
  else expect(sqs.regionsweep.address_owners).toEqual(owners);
});
