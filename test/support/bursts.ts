import { type HistoryEntry, readHistory } from '../../lambda/state/history';
import { World, type WorldSettings } from './detector-world';
import { iamUser, sweep, T0 } from './records';

export const MINUTES = 60;

/** A burst of ten regions in the window that begins so many seconds after T0. */
export const burst = (after: number, identity: unknown = iamUser('mallory')) =>
  sweep({ regions: 10, at: T0 + after, identity });

export async function journalOf(world: World, replayId?: string): Promise<HistoryEntry[]> {
  const entries: HistoryEntry[] = [];
  for await (const entry of readHistory(world.store, T0, T0 + 3 * 86_400, { replayId })) {
    entries.push(entry);
  }
  return entries;
}

/** One burst told, and two more of the same actor within the time. */
export async function threeBursts(settings: WorldSettings): Promise<World> {
  const world = new World(settings);
  world.deliver(burst(0));
  await world.run(T0 + 200);
  world.deliver(burst(60));
  await world.run(T0 + 300);
  world.deliver(burst(120));
  await world.run();
  return world;
}
