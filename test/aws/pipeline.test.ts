import { allScenarios } from '../e2e/scenarios';
import { startDeployedWorld } from './deployed-world';

const { REGIONSWEEP_TEST_STACK: stackName, REGIONSWEEP_TEST_FOLLOW_UP_MINUTES: minutes = '15' } = process.env;

if (stackName === undefined || stackName === '') {
  const reason = 'skipped: REGIONSWEEP_TEST_STACK names no deployed stack, see docs/testing.md';
  process.stderr.write(`test:aws ${reason}\n`);
  it.skip(reason, () => undefined);
} else {
  describe(`the deployed stack ${stackName}`, () => {
    allScenarios(() => startDeployedWorld({ stackName, followUpMinutes: Number(minutes) }));
  });
}
