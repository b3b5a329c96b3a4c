import type { Random } from '../../bin/synthetic-trail/random';

export interface QueuedMessage {
  readonly id: string;
  readonly body: string;
  /** whether it must end in the dead letters */
  readonly poison: boolean;
  receiveCount: number;
  visibleAt: number;
}

/** Receives after which a message goes to the dead letters, as the stack sets it. */
export const MAX_RECEIVES = 10;

/** As SQS: at least once, in no order, hidden while somebody has it, and in the dead letters when that went on too often. */
export class Queue {
  private readonly messages = new Map<string, QueuedMessage>();
  private sent = 0;

  constructor(
    private readonly random: Random,
    private readonly onDead: (message: QueuedMessage) => void,
  ) {}

  send(body: string, visibleAt: number, poison = false): QueuedMessage {
    this.sent += 1;
    const message = { id: `m${this.sent}`, body, poison, receiveCount: 0, visibleAt };
    this.messages.set(message.id, message);
    return message;
  }

  /** Hands out up to `most` of the messages visible, each hidden for `seconds`. */
  receive(most: number, now: number, seconds: number): QueuedMessage[] {
    const visible = [...this.messages.values()].filter(({ visibleAt }) => visibleAt <= now);
    const living = visible.filter((message) => {
      if (message.receiveCount < MAX_RECEIVES) return true;
      this.messages.delete(message.id);
      this.onDead(message);
      return false;
    });
    return this.random
      .shuffle(living)
      .slice(0, most)
      .map((message) => {
        message.receiveCount += 1;
        message.visibleAt = now + seconds;
        return message;
      });
  }

  delete(id: string): void {
    this.messages.delete(id);
  }

  /** When the next message is to be had, if there is any. */
  nextVisible(): number | undefined {
    let next: number | undefined;
    for (const { visibleAt } of this.messages.values()) next = Math.min(next ?? visibleAt, visibleAt);
    return next;
  }
}
