import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONDITIONS, readExceptions } from '../../../lambda/detection/exception-document';
import { deployedExceptions } from '../../../lib/exceptions';
import { useTempFolder } from '../../support/temp-folder';
import { functionVariables, identityStatements, synth } from '../support';

const ENTRY = { arn: 'arn:aws:iam::*:role/inventory', reason: 'nightly', owner: 'platform' };

const temp = useTempFolder();

let count = 0;

function fileOf(content: unknown): string {
  count += 1;
  return temp.write(`${count}.json`, typeof content === 'string' ? content : JSON.stringify(content));
}

const environmentOf = (flags: Record<string, unknown>) =>
  functionVariables(synth(flags).json) as Readonly<Record<string, string>>;

describe('exceptions', () => {
  it.each([
    ['a file', () => ({ exceptions: fileOf({ exceptions: [ENTRY] }) })],
    ['cdk.json', () => ({ regionsweep: { exceptions: [ENTRY] } })],
  ])('come from %s into the environment', (_what, flags) => {
    const { REGIONSWEEP_EXCEPTIONS: text } = environmentOf(flags());
    const { exceptions, faults } = readExceptions(text!);
    expect(faults).toEqual([]);
    expect(exceptions.map(({ entry }) => entry)).toEqual([ENTRY]);
  });

  it('that have expired are warned of', () => {
    const expired = { ...ENTRY, expires: '2023-11-10' };
    const { warnings } = synth({ regionsweep: { exceptions: [ENTRY, expired] } });
    expect(warnings.filter((warning) => warning.includes('expired'))).toEqual([
      expect.stringMatching(/^exception 2 \(nightly; platform\) expired with 2023-11-10 and matches no more/),
    ]);
  });

  it('are absent by default, and so is the permission to read a parameter', () => {
    expect(Object.keys(environmentOf({})).filter((name) => name.includes('EXCEPTIONS'))).toEqual([]);
    expect(synth().functionStatements('ssm:GetParameter')).toEqual([]);
  });

  it.each([
    ['a file that is not there', () => ({ exceptions: temp.path('absent.json') }), /cannot be read/],
    ['a file that is no document', () => ({ exceptions: fileOf('[]') }), /\.json: not \{"exceptions"/],
    [
      'a faulty entry of a file',
      () => ({ exceptions: fileOf({ exceptions: [ENTRY, { ...ENTRY, account: 'x' }] }) }),
      /exception 2: account is "x"; it must be twelve digits/,
    ],
    [
      'a faulty entry of cdk.json',
      () => ({ regionsweep: { exceptions: [{ arn: 'a' }] } }),
      /exceptions: exception 1: reason is missing/,
    ],
    [
      'more than the environment holds',
      () => ({ regionsweep: { exceptions: Array.from({ length: 60 }, () => ENTRY) } }),
      /exceptions: \d{4} bytes do not fit into .* exceptionsParameter/,
    ],
    ['a parameter name that is none', () => ({ exceptionsParameter: 'a b' }), /exceptionsParameter is "a b"; it/],
    ['minutes out of range', () => ({ suppressMinutes: '1441' }), /suppressMinutes is "1441"; it must be an integer/],
  ])('refuse %s at synthesis', (_what, flags, fault) => {
    expect(() => synth(flags())).toThrow(fault);
  });

  it('keep the stack of a defect, which is no fault of the document', () => {
    const entry = {
      ...ENTRY,
      get source(): string {
        throw new RangeError('defect');
      },
    };
    expect(() => deployedExceptions([entry], 0)).toThrow(RangeError);
  });

  it.each(['/regionsweep/exceptions', 'regionsweep/exceptions'])(
    'come from the parameter %s, which alone may be read',
    (exceptionsParameter) => {
      const flags = { exceptionsParameter, suppressMinutes: '30' };
      expect(environmentOf(flags)).toMatchObject({
        REGIONSWEEP_EXCEPTIONS_PARAMETER: exceptionsParameter,
        REGIONSWEEP_SUPPRESS_MINUTES: '30',
      });
      const statements = identityStatements(synth(flags).json, /DetectorRole/).filter(({ Action }) =>
        JSON.stringify(Action).includes('ssm'),
      );
      expect(statements).toHaveLength(1);
      expect(statements[0]).toMatchObject({ Action: 'ssm:GetParameter', Effect: 'Allow' });
      expect(JSON.stringify(statements[0]!.Resource)).toMatch(/:parameter\/regionsweep\/exceptions"/);
      expect(JSON.stringify(statements[0]!.Resource)).not.toContain('*');
    },
  );
});

describe('docs/tuning.md', () => {
  const page = readFileSync(join(__dirname, '../../../docs/tuning.md'), 'utf8');

  it('shows a document without a fault, which settings take as well', () => {
    const [, document] = /^```json\n(.*?)^```/ms.exec(page)!;
    const { exceptions, faults } = readExceptions(document!);
    expect({ count: exceptions.length, faults }).toEqual({ count: 2, faults: [] });
    const flags = { regionsweep: JSON.parse(document!) as object };
    expect(environmentOf(flags).REGIONSWEEP_EXCEPTIONS).toContain('nightly inventory');
  });

  it('has every field that an entry may have', () => {
    for (const field of [...CONDITIONS, 'reason', 'owner', 'expires']) expect(page).toContain(`\`${field}\``);
  });
});
