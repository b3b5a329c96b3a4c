import { chooseInflate } from '../../lambda/adapters/inflate/engine';
import { ConfigurationError } from '../../lambda/errors';

const absent = () => ({ loaded: false, reason: "Cannot find module 'zlib-sync'" }) as const;

const present = () =>
  ({
    loaded: true,
    addon: {
      Inflate: class {
        err = 0;
        result = null;
        push() {}
      },
    },
  }) as const;

describe('chooseInflate', () => {
  it.each([
    [undefined, present, 'zlib', undefined],
    ['', present, 'zlib', undefined],
    ['zlib', present, 'zlib', 'inflate: zlib (REGIONSWEEP_INFLATE)'],
    ['zlib-sync', present, 'zlib-sync', 'inflate: zlib-sync (REGIONSWEEP_INFLATE)'],
    [
      'zlib-sync',
      absent,
      'zlib',
      "inflate: zlib (REGIONSWEEP_INFLATE asks for zlib-sync, which did not load: Cannot find module 'zlib-sync')",
    ],
  ])('%p', (requested, load, name, reason) => {
    const choice = chooseInflate(requested, load);
    expect(choice.engine.name).toBe(name);
    expect(choice.reason).toBe(reason);
  });

  it('refuses another name and says which there are', () => {
    expect(() => chooseInflate('pako')).toThrow(ConfigurationError);
    expect(() => chooseInflate('pako')).toThrow('"pako"; set it to zlib or zlib-sync');
  });
});
