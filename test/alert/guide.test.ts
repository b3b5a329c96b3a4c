import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { globOf, shellWord, sqlText, urlPart } from '../../lambda/alert/guide/quoting';
import { exceptionEntry, matchesGlob } from '../../lambda/detection/exception-document';
import { readAlertScenarios, tellingOf } from '../support/alert-scenario';
import { holds } from '../support/properties';

const nasty = fc.oneof(
  fc.constantFrom(
    "it's",
    '$(id)',
    '`id`',
    'a b',
    '-rf',
    '--x',
    "'; DROP TABLE x; --",
    'a\nb',
    '*',
    '~',
    '\\',
    '"',
    '!',
    '#a',
    '',
  ),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

const texts = fc.array(nasty, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));

describe('quoting', () => {
  it('gives a shell the value as one word that is no link, or nothing', async () => {
    const words: [string, string][] = [];
    const names = fc.stringMatching(/^[\w+=,.@-]{1,64}$/);
    const property = fc.property(fc.oneof(texts, names), (text) => {
      const word = shellWord(text);
      if (word === undefined) {
        expect(text).not.toMatch(/^[\w+,.@][\w+=,.@-]*$/);
        return;
      }
      words.push([text, word]);
      expect(word).not.toMatch(/(?<!\\)[.@]/);
    });
    await holds(2000, property);
    const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${words.map(([, word]) => word).join(' ')}`], {
      encoding: 'utf8',
    });
    expect(words.length).toBeGreaterThan(100);
    expect(stdout.split('\0').slice(0, -1)).toEqual(words.map(([text]) => text));
  });

  it('gives SQL the value as one string, or nothing', async () => {
    const property = fc.property(texts, (text) => {
      const quoted = sqlText(text);
      if (quoted === undefined) return;
      expect(quoted).toMatch(/^'(?:[^']|'')*'$/);
      expect(quoted.slice(1, -1).replaceAll("''", "'")).toBe(text);
    });
    await holds(2000, property);
  });

  it('gives a URL the value as one part, or nothing', async () => {
    const property = fc.property(texts, (text) => {
      const part = urlPart(text);
      if (part === undefined) return;
      expect(part).toMatch(/^[\w.%-]+$/);
      expect(decodeURIComponent(part)).toBe(text);
    });
    await holds(2000, property);
  });

  it('gives a glob that matches the value and is harmless, or nothing', async () => {
    const property = fc.property(texts, (text) => {
      const glob = globOf(text);
      if (glob === undefined) return;
      expect(glob).toMatch(/^[\w+=,/:?-]+$/);
      if (text.length === [...text].length) expect(matchesGlob(glob, text)).toBe(true);
    });
    await holds(2000, property);
  });
});

describe.each(readAlertScenarios())('the guide to $name', (scenario) => {
  it('has an exception that the exceptions take, and that matches the alert, or says that there is none', async () => {
    const notification = await tellingOf(scenario);
    if (!('alert' in notification)) throw new Error('no alert');
    const { alert } = notification;
    const { exception } = alert.assessment.guide.falsePositive;
    if (scenario.file === 'root') {
      expect(exception).toBeUndefined();
      return;
    }
    const entry = exceptionEntry.parse(JSON.parse(exception!));
    if (entry.arn !== undefined) expect(matchesGlob(entry.arn, alert.actor)).toBe(true);
    if (entry.issuer !== undefined) expect(matchesGlob(entry.issuer, alert.evidence.issuers[0]!.value)).toBe(true);
    expect(entry.expires).toBe('2027-02-22');
  });

  it('has commands that a shell reads', async () => {
    const notification = await tellingOf(scenario);
    if (!('alert' in notification)) throw new Error('no alert');
    const { investigation: questions, containment: ifBad } = notification.alert.assessment.guide;
    const commands = [...questions, ...ifBad].flatMap(({ command }) =>
      command === undefined ? [] : [command.join('\n')],
    );
    const shell = commands.filter((command) => /^(?:aws|npx|for) /.test(command));
    expect(shell.length).toBeGreaterThan(0);
    for (const command of shell) {
      const { status, stderr } = spawnSync('sh', ['-n', '-c', command], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    }
  });
});
