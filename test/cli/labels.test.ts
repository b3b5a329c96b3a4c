import { jsonLines, runCli } from '../support/cli';
import { mmdb } from '../support/mmdb';
import { document, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

/** In one folder with what says who is who: these are no log files. */
const trail = temp.write('trail/trail.json', document(sweep({ regions: 10 })));
const asn = temp.write('trail/asn.mmdb', mmdb({ '198.51.100.0/24': { autonomous_system_number: 64500 } }));
const country = temp.write('trail/country.mmdb', mmdb({ '198.51.100.0/24': { country: { iso_code: 'NL' } } }));
const names = temp.write('trail/names.json', '{"111122223333":"production"}');
const settings = temp.write('settings.json', '{"minRegions":12,"accountNames":{"111122223333":"production"}}');
const broken = temp.write('broken.mmdb', 'broken');

it.each([names, settings])(
  'replay shows owners of addresses and names of accounts in every form, these by %s',
  async (file) => {
    const given = ['replay', trail, '--asn', asn, '--asn', country, '--account-names', file];
    for (const format of ['table', 'ndjson', 'json', 'html', 'email', 'card']) {
      const { code, stdout } = await runCli([...given, '--format', format]);
      const text = stdout.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ');
      expect({ format, code }).toEqual({ format, code: 0 });
      expect(text.replaceAll('[.]', '.')).toContain('198.51.100.7 (AS64500, NL)');
      expect(text).toContain('production');
    }
  },
);

it('files given as options are not read as log files of the folder', async () => {
  const { code, stdout } = await runCli(['replay', temp.path('trail'), '--account-names', names, '--asn', asn]);
  expect(code).toBe(0);
  expect(jsonLines(stdout)).toHaveLength(1);
});

it('a row of csv ends with the name', async () => {
  const { stdout } = await runCli(['replay', trail, '--account-names', names, '--format', 'csv']);
  const [head, row] = stdout.split('\r\n');
  expect([head, row]).toEqual([expect.stringMatching(/,account_name$/), expect.stringMatching(/,production$/)]);
});

it.each<[string[], RegExp]>([
  [['--asn', broken], /^regionsweep: --asn .*broken\.mmdb: it is not a complete MaxMind database \(\.mmdb\)\n$/],
  [['--asn', temp.path('missing.mmdb')], /^regionsweep: --asn .*missing\.mmdb: ENOENT/],
  [['--account-names', temp.path('missing')], /^regionsweep: --account-names .*missing: cannot be read: ENOENT/],
  [['--account-names', broken], /^regionsweep: --account-names .*: cannot be read: /],
  [
    ['--account-names', temp.write('wrong.json', '{"production":"111122223333"}')],
    /--account-names .*wrong\.json: accountNames is .*; it must be a JSON object of names of at most 40 characters by account id/,
  ],
  [['--asn', asn, '--out', asn], /^regionsweep: --out .*: the command also reads or writes this file/],
])('refuses %j before anything is read', async (options, message) => {
  const { code, stdout, stderr } = await runCli(['replay', trail, ...options]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
});

it('demo takes them too', async () => {
  const { code, stdout } = await runCli(['demo', '--account-names', names]);
  expect(code).toBe(0);
  expect(stdout).toContain('111122223333 (production)');
});
