import { version } from '../../package.json';
import { type Console, ExitCode } from './io';

/**
 * Runs a command line.
 * @param args without the program's name
 */
export async function main(args: readonly string[], console: Console): Promise<ExitCode> {
  if (args[0] === '--version' || args[0] === '-V') {
    console.stdout.write(`${version}\n`);
    return ExitCode.Ok;
  }
  const { runProgram } = await import('./program.js');
  return runProgram(args, console);
}
