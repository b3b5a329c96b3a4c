import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { programWith } from '../../bin/cli/program';
import { readSettings } from '../../lib/settings';
import { REPOSITORY } from '../support/cli';

const PAGES = ['README.md', 'CONTRIBUTING.md', ...readdirSync(join(REPOSITORY, 'docs')).map((name) => `docs/${name}`)]
  .filter((name) => name.endsWith('.md'))
  .map((name): [string, string] => [name, readFileSync(join(REPOSITORY, name), 'utf8')]);

/** Commands by the page that shows them, as code in a line or in a block; a comment ends one. */
function shown(command: RegExp): [string, string][] {
  return PAGES.flatMap(([name, page]) => {
    const blocks = [...page.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block]) => block!.split('\n'));
    const lines = page.replace(/^```.*?^```/gms, '').match(/`[^`]+`/g) ?? [];
    const commands = [...blocks, ...lines.map((line) => line.slice(1, -1))].flatMap((line) => {
      const [, found] = command.exec(line.replace(/\s+#.*$/, '').trim()) ?? [];
      return found === undefined ? [] : [found];
    });
    return [...new Set(commands)].map((one): [string, string] => [name, one]);
  });
}

/** Words as a shell splits them; of a pipe the first command. */
function wordsOf(line: string): string[] {
  const words = line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  const end = words.findIndex((word) => ['|', '>', '&&'].includes(word));
  return words.slice(0, end < 0 ? undefined : end).map((word) => word.replace(/^(['"])(.*)\1$/, '$2'));
}

describe('every command that a document shows is understood', () => {
  const commands = shown(/^(?:npm run -s regionsweep -- |npx regionsweep |regionsweep )(.+)$/).filter(
    ([, line]) => !/^[A-Z]+$/.test(line),
  );

  it('there are many', () => expect(commands.length).toBeGreaterThan(20));

  it.each(commands)('%s: regionsweep %s', async (_, line) => {
    const [name, ...args] = wordsOf(line);
    const run = () => async () => undefined;
    // A name alone is a mention.
    if (args.length === 0 && name !== 'demo') args.push('--help');
    const program = await programWith(run, name, { stdout: new PassThrough(), stderr: new PassThrough() });
    const parsed = program.parseAsync([name!, ...args], { from: 'user' });
    await (args[0] === '--help' ? expect(parsed).rejects.toMatchObject({ exitCode: 0 }) : parsed);
  });
});

describe('every deployment that a document shows is understood', () => {
  const deployments = shown(/^npx cdk (?:deploy|synth|diff) (-c .+)$/).filter(([, flags]) => !flags.includes('…'));

  it('there are many', () => expect(deployments.length).toBeGreaterThan(10));

  it.each(deployments)('%s: %s', (_, flags) => {
    const context = [...flags.matchAll(/-c (\w+)=('[^']*'|\S+)/g)].map(([, key, value]) => [
      key,
      value!.replace(/^'|'$/g, ''),
    ]);
    expect(readSettings(Object.fromEntries(context)).unknownKeys).toEqual([]);
  });
});

it.each(PAGES)('%s links to files that exist', (name, page) => {
  const folder = join(REPOSITORY, name, '..');
  for (const [, path] of page.matchAll(/\]\((?!https?:)([\w./-]+)(?:#[\w-]+)?\)/g)) {
    expect([path, readdirSync(join(folder, path!, '..'))]).toEqual([
      path,
      expect.arrayContaining([path!.split('/').at(-1)]),
    ]);
  }
});
