import { UsageError } from '../../lambda/errors';
import type { Ledger, ObjectRef } from '../../lambda/ports';
import type { Console } from '../console';
import type { Narrowing } from '../objects/narrowing';
import type { S3Place } from '../objects/s3-place';
import { StateFile } from '../state-file';
import { checkReplayId, checkUnused, newReplayId } from './sending';
import type { Through } from './through-options';

/** How far a run is: the last object that is on the queue, or that all are. */
interface Line {
  readonly sent: number;
  readonly last?: ObjectRef;
  readonly isOver?: true;
}

/** One replay through a stack, over as many runs of the command as it takes. */
export class ThroughRun {
  private constructor(
    readonly replayId: string,
    /** UTC epoch second */
    readonly startedAt: number,
    /** what earlier runs sent */
    readonly before: Line,
    private readonly file: StateFile | undefined,
  ) {}

  /** @throws UsageError for a state file of another run, or a replay id used before */
  static async open(
    places: readonly S3Place[],
    narrowing: Narrowing,
    { through, replayId, state }: Through,
    ledger: Ledger,
    { time }: Pick<Console, 'time'>,
  ): Promise<ThroughRun> {
    if (replayId !== undefined) checkReplayId(replayId);
    const begin = async () => {
      if (replayId !== undefined) await checkUnused(replayId, ledger);
      return { replayId: replayId ?? newReplayId(time()), startedAt: time() };
    };
    if (state === undefined) {
      const fresh = await begin();
      return new ThroughRun(fresh.replayId, fresh.startedAt, { sent: 0 }, undefined);
    }
    const header = headerOf(places, narrowing, through);
    let before: Line = { sent: 0 };
    const { file, begun } = await StateFile.open(state, header, (line) => (before = line as Line), begin);
    const run = new ThroughRun(String(begun.replayId), Number(begun.startedAt), before, file);
    if (replayId !== undefined && replayId !== run.replayId) {
      await file.close();
      throw new UsageError(
        `--state ${state} is of replay ${run.replayId}, not ${replayId}: leave --replay-id out, or take another file`,
      );
    }
    return run;
  }

  /** Notes that so many are on the queue, up to this one. @throws ObjectWriteError */
  async noteSent(sent: number, last: ObjectRef): Promise<void> {
    await this.file?.append({ sent, last } satisfies Line);
  }

  async noteOver(sent: number): Promise<void> {
    await this.file?.append({ sent, isOver: true } satisfies Line);
  }

  async close(): Promise<void> {
    await this.file?.close();
  }
}

function headerOf(places: readonly S3Place[], { accounts, regions, since, until }: Narrowing, stack: string) {
  return {
    regionsweep: 'replay through a stack',
    v: 1,
    stack,
    paths: places.map(({ bucket, prefix }) => `s3://${bucket}/${prefix}`).join(' '),
    accounts: accounts?.join() ?? null,
    regions: regions?.join() ?? null,
    since: since ?? null,
    until: until ?? null,
  };
}
