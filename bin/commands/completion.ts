import { Argument, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { type AddCommand, ExitCode } from '../cli/io';
import { examples } from '../cli/options';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const addCompletion: AddCommand = (program, run) => {
  program
    .command('completion')
    .description('Print the script that completes commands and options in a shell.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      ...examples({
        'source <(regionsweep completion bash)': 'in ~/.bashrc',
        'source <(regionsweep completion zsh)': 'in ~/.zshrc, after compinit',
        'regionsweep completion fish | source': 'in ~/.config/fish/config.fish',
      }),
    )
    .action(
      run(async ({ stdout }, shell) => {
        stdout.write(SCRIPTS[shell](program.commands.map(completedCommand)));
        return ExitCode.Ok;
      }),
    );
};

/** The completions of a command. For values without choices, shells offer files. */
function completedCommand(command: CommandUnknownOpts) {
  return {
    name: command.name(),
    description: command.description(),
    choices: command.registeredArguments[0]?.argChoices ?? [],
    options: command.options.map(({ long, flags, description, required, optional, argChoices = [] }) => {
      return { flag: long ?? flags, description, takesValue: required || optional, choices: argChoices };
    }),
  };
}

type Script = (commands: readonly ReturnType<typeof completedCommand>[]) => string;

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], Script>> = {
  bash: (commands) => {
    const values = commands.flatMap(({ name, options }) =>
      options
        .filter(({ takesValue }) => takesValue)
        .map(({ flag, choices }) => `    '${name} ${flag}') words='${choices.join(' ')}' ;;`),
    );
    const others = commands.map(({ name, options, choices }) => {
      const flags = options.map(({ flag }) => flag).join(' ');
      return `    '${name} '*) words='${choices.join(' ')}'; [[ $current == -* ]] && words='${flags}' ;;`;
    });
    return `_regionsweep() {
  local words='' current=\${COMP_WORDS[COMP_CWORD]}
  case "\${COMP_WORDS[1]} \${COMP_WORDS[COMP_CWORD-1]}" in
    *' regionsweep') words='${commands.map(({ name }) => name).join(' ')}' ;;
${[...values, ...others].join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _regionsweep regionsweep
`;
  },

  zsh: (commands) => {
    const described = commands.map(({ name, description }) => quoted(`${name}:${description.replace(/:/g, '\\:')}`));
    const cases = commands.map(({ name, options, choices }) => {
      const specs = options.map(({ flag, description, takesValue, choices: of }) => {
        const value = of.length > 0 ? `:value:(${of.join(' ')})` : ':value:_files';
        return quoted(`*${flag}[${description.replace(/[[\]:\\]/g, '\\$&')}]${takesValue ? value : ''}`);
      });
      const argument = choices.length > 0 ? `1:argument:(${choices.join(' ')})` : '*:path:_files';
      return `        ${name}) _arguments ${[...specs, quoted(argument)].join(' ')} ;;`;
    });
    return `#compdef regionsweep
_regionsweep() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C '1:command:->command' '*:::argument:->argument'
  case $state in
    command)
      local -a commands=(${described.join(' ')})
      _describe command commands ;;
    argument)
      words=($line[1] "\${words[@]}")
      (( CURRENT += 1 ))
      case $line[1] in
${cases.join('\n')}
      esac ;;
  esac
}
compdef _regionsweep regionsweep
`;
  },

  fish: (commands) => {
    const lines = commands.flatMap(({ name, description, options, choices }) => {
      const given = `-n '__fish_seen_subcommand_from ${name}'`;
      const value = (of: readonly string[]) => (of.length > 0 ? ` -xa ${quoted(of.join(' '))}` : ' -rF');
      return [
        `complete -c regionsweep -n __fish_use_subcommand -xa ${name} -d ${quoted(description)}`,
        ...(choices.length > 0 ? [`complete -c regionsweep ${given} -xa ${quoted(choices.join(' '))}`] : []),
        ...options.map(({ flag, description: about, takesValue, choices: of }) => {
          const long = `-l ${flag.slice('--'.length)}`;
          return `complete -c regionsweep ${given} ${long} -d ${quoted(about)}${takesValue ? value(of) : ''}`;
        }),
      ];
    });
    return `${lines.join('\n')}\n`;
  },
};

/** Quotes one of our own texts, which have no backslash before a quote, for all of these shells. */
function quoted(text: string): string {
  return `'${text.replace(/'/g, "'\\''")}'`;
}
