import { spawnSync } from 'node:child_process';
import { runCli } from '../support/cli';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

async function scriptFor(shell: string): Promise<string> {
  const { code, stdout, stderr } = await runCli(['completion', shell]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return temp.write(`completion.${shell}`, stdout);
}

/** The shells that are installed; bash is, wherever the tests run. */
const isInstalled = (shell: string) => spawnSync(shell, ['-c', 'true']).error === undefined;

function inShell(shell: string) {
  if (isInstalled(shell)) return it;
  process.stderr.write(`skipped: no ${shell} to complete in\n`);
  return it.skip;
}

function output(shell: string, args: readonly string[]): string[] {
  const { stdout, stderr } = spawnSync(shell, args, { encoding: 'utf8', cwd: temp.path() });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

const CASES: [words: string[], some: string[], none: string[]][] = [
  [[''], ['replay', 'demo', 'completion'], ['--format']],
  [['rep'], ['replay'], ['demo']],
  [['replay', '--windo'], ['--windowing', '--window'], ['--format']],
  [['replay', '--format', ''], ['table', 'ndjson', 'json', 'html'], ['--out']],
  [['cost', '--format', ''], ['table', 'json'], ['html']],
  [['completion', ''], ['bash', 'zsh', 'fish'], ['replay']],
  [['alerts', '--he'], ['--held'], ['--replay']],
];

describe('completes commands, options and their choices', () => {
  inShell('bash').each(CASES)('bash: %j', async (words, some, none) => {
    const line = ['regionsweep', ...words].map((word) => `'${word}'`).join(' ');
    const run = `COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _regionsweep; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const offered = output('bash', ['-c', `. '${await scriptFor('bash')}'; ${run}`]);
    expect(offered).toEqual(expect.arrayContaining(some));
    for (const word of none) expect(offered).not.toContain(word);
  });

  inShell('fish').each(CASES)('fish: %j', async (words, some, none) => {
    const line = ['regionsweep', ...words].join(' ');
    const offered = output('fish', ['-c', `source '${await scriptFor('fish')}'; complete -C '${line}'`]);
    const offeredWords = offered.map((shown) => shown.split('\t')[0]!);
    expect(offeredWords).toEqual(expect.arrayContaining(some));
    for (const word of none) expect(offeredWords).not.toContain(word);
  });

  inShell('zsh').each(CASES)('zsh: %j', async (words, some, none) => {
    const script = await scriptFor('zsh');
    const offered = zshOffers(script, ['regionsweep', ...words].join(' '));
    for (const word of some) expect(offered).toMatch(new RegExp(`(?:^|\\s)${word}(?:\\s|$)`, 'm'));
    for (const word of none) expect(offered).not.toMatch(new RegExp(`(?:^|\\s)${word}(?:\\s|$)`, 'm'));
  });
});

it('refuses another shell', async () => {
  const { code, stderr } = await runCli(['completion', 'powershell']);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('Allowed choices are bash, zsh, fish') });
});

/** What a terminal shows after a tab, once it has prompted: zsh completes only there, so it is given one of its own. */
function zshOffers(script: string, line: string): string {
  const run = `
    zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell "PROMPT_EOL_MARK= ; unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u -D; source '${script}'; LISTMAX=999; setopt no_beep; zstyle ':completion:*' menu no; bindkey '^I' list-choices; PS1='[%j]'"
    zpty -m -r shell text '*\\[0\\]*' && zpty -n -w shell "${line}"$'\\t\\x15'"print e''nd"$'\\n'
    zpty -m -r shell text '*end*'; print -r -- "$text"; zpty -d shell`;
  return spawnSync('zsh', ['-f', '-c', run], {
    encoding: 'utf8',
    env: { ...process.env, TERM: 'dumb', COLUMNS: '200' },
  }).stdout;
}
