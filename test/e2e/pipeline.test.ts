/** The bundled function on emulators: every scenario. */
import { startEmulatedWorld } from './emulated-world';
import { deadLetterScenarios } from './scenarios/dead-letters';
import { deliveryScenarios } from './scenarios/deliveries';
import { followUpScenarios } from './scenarios/follow-up';
import { raceScenarios } from './scenarios/race';
import { replayScenarios } from './scenarios/replay';
import type { World } from './world';

let started: World;
const world = () => started;

beforeAll(async () => {
  started = await startEmulatedWorld();
});

afterAll(() => started.close());

describe('deliveries', () => deliveryScenarios(world));
describe('dead letters', () => deadLetterScenarios(world));
describe('follow-ups', () => followUpScenarios(world));
describe('replays', () => replayScenarios(world));
describe('races', () => raceScenarios(world));
