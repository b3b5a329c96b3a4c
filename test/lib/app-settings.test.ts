import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keepSource, withSettingsOf } from '../../bin/app-settings';
import { readSettings, type SourceSettings } from '../../lib/settings';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

describe('regionsweep.config.json', () => {
  const FILE = temp.write('config.json', JSON.stringify({ minRegions: 12, windowSeconds: 60, trailBucket: 'company' }));

  it('gives settings, over which cdk.json and flags win', () => {
    const context = withSettingsOf(FILE, { regionsweep: { windowSeconds: 90 }, minRegions: '15' });
    expect(readSettings(context).settings).toMatchObject({
      source: { trailBucket: 'company' },
      rule: { minRegions: 15, windowSeconds: 90 },
    });
  });

  it('may be absent', () => expect(withSettingsOf(temp.path('none'), { a: 1 })).toEqual({ a: 1, regionsweep: {} }));

  it.each([
    ['{', 'cannot be read: '],
    ['[]', 'must hold an object of settings'],
  ])('is refused by name where it holds %s', (text, fault) => {
    const file = temp.write('wrong.json', text);
    expect(() => withSettingsOf(file, {})).toThrow(`${file} ${fault}`);
  });

  it('has an example that is understood', () => {
    const example = join(__dirname, '../../regionsweep.config.example.json');
    expect(readSettings(withSettingsOf(example, {})).unknownKeys).toEqual([]);
  });
});

describe('the source of a deployed stack', () => {
  const STACK = { stackName: 'regionsweep', account: '111122223333', region: 'eu-west-1' };
  const NEW: SourceSettings = { encryptTrail: false };
  const BUCKET: SourceSettings = { ...NEW, trailBucket: 'company-trail' };
  const KEY = 'regionsweep:source:111122223333:eu-west-1:regionsweep';

  let file: string;

  const kept = () => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

  beforeEach(() => {
    file = temp.write('cdk.context.json', '{ "other": true }');
    keepSource(file, {}, STACK, BUCKET);
  });

  it('is added to the existing ones', () => expect(kept()).toEqual({ other: true, [KEY]: 'bucket company-trail' }));

  it('may stay', () => expect(() => keepSource(file, {}, STACK, BUCKET)).not.toThrow());

  it.each([
    ['a forgotten flag', NEW, 'to new-trail, '],
    ['another bucket', { ...NEW, trailBucket: 'another' }, 'to bucket another, '],
    ['another way', { ...BUCKET, source: 'eventbridge' } as const, 'to eventbridge company-trail, '],
  ])('is not changed by %s', (_, settings, change) => {
    expect(() => keepSource(file, {}, STACK, settings)).toThrow(`from bucket company-trail ${change}`);
    expect(kept()[KEY]).toBe('bucket company-trail');
  });

  it('is changed where that is confirmed', () => {
    keepSource(file, { confirmSourceChange: 'true' }, STACK, NEW);
    expect(kept()[KEY]).toBe('new-trail');
    expect(readSettings({ confirmSourceChange: 'true' }).unknownKeys).toEqual([]);
  });

  it('belongs to one stack, account and region', () => {
    keepSource(file, {}, { ...STACK, region: 'us-east-1' }, NEW);
    keepSource(file, {}, { ...STACK, stackName: 'regionsweep-other' }, NEW);
    expect(Object.keys(kept())).toHaveLength(4);
  });

  it('is neither kept nor checked without credentials', () => {
    writeFileSync(file, '{}');
    keepSource(file, {}, { ...STACK, account: undefined }, NEW);
    expect(kept()).toEqual({});
  });
});
