import { type StackFacts, synthesizeStack } from './stack';

const VARIABLE = 'REGIONSWEEP_E2E_STACK';

/** Synthesizes and bundles once for all files of the project: that takes longer than most tests. */
export default function setUp(): void {
  process.env[VARIABLE] = JSON.stringify(synthesizeStack());
}

/** The stack that was synthesized before the tests. */
export function sharedStack(): StackFacts {
  return JSON.parse(process.env[VARIABLE]!) as StackFacts;
}
