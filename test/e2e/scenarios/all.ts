import type { World } from '../world';
import { deadLetterScenarios } from './dead-letters';
import { deliveryScenarios } from './deliveries';
import { followUpScenarios } from './follow-up';
import { raceScenarios } from './race';
import { replayScenarios } from './replay';

/** Declares every scenario for a world that `start` makes. */
export function allScenarios(start: () => Promise<World>): void {
  let started: World | undefined;
  const world = () => started!;
  beforeAll(async () => {
    started = await start();
  });
  afterAll(() => started?.close());

  describe('deliveries', () => deliveryScenarios(world));
  describe('dead letters', () => deadLetterScenarios(world));
  describe('follow-ups', () => followUpScenarios(world));
  describe('replays', () => replayScenarios(world));
  describe('races', () => raceScenarios(world));
}
