import { inert } from '../alert/inert';
import { RegionsweepError, reasonOf } from '../errors';
import type { Telemetry } from '../ports';

/** Nothing is wrong with the message: it shall only come back. */
export class OutOfTimeError extends RegionsweepError {
  static override readonly name: string = 'OutOfTimeError';
}

/** The messages of a batch that failed. Each failure is logged with its reason, which the dead letters do not keep. */
export class Failures {
  /** the first reason by message id */
  readonly byMessage = new Map<string, string>();

  /** messages with which something is wrong, or with what they need: not those that only come back */
  readonly inTrouble = new Set<string>();

  constructor(private readonly telemetry: Telemetry) {}

  /** @param where what the failure is about, as an object's name; may be hostile */
  add(messageIds: Iterable<string>, where: string, error: unknown): void {
    const reason = inert(reasonOf(error), 1000);
    const ids = [...messageIds];
    for (const id of ids) {
      if (!this.byMessage.has(id)) this.byMessage.set(id, reason);
      if (!(error instanceof OutOfTimeError)) this.inTrouble.add(id);
    }
    this.telemetry.error('message failed', {
      reason,
      where: inert(where, 1000),
      messageIds: ids,
      // What is none of ours is a defect; only then is the place in the code of use.
      stack: error instanceof Error && !(error instanceof RegionsweepError) ? error.stack : undefined,
    });
  }

  /** Runs `work`; what it throws fails these messages alone. */
  async guard(messageIds: Iterable<string>, where: string, work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.add(messageIds, where, error);
    }
  }
}
