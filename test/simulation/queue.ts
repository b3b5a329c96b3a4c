import type { Random } from '../../bin/synthetic-trail/random';

export interface QueuedMessage {
  readonly id: string;
  readonly body: string;
  /** whether it must end in the dead letters */
  readonly poison: boolean;
  receiveCount: number;
  visibleAt: number;
}

/** A message that was received this often goes to the dead letters, as the stack sets it. */
const MAX_RECEIVES = 10;

/** As SQS: at least once, in no order, hidden while in flight, and in the dead letters when received too often. */
export class Queue {
  private readonly messages = new Map<string, QueuedMessage>();
  private sent = 0;

  constructor(
    private readonly random: Pick<Random, 'shuffle'>,
    private readonly onDead: (message: QueuedMessage) => void,
  ) {}

  send(body: string, visibleAt: number, poison = false): QueuedMessage {
    this.sent += 1;
    const message = { id: `m${this.sent}`, body, poison, receiveCount: 0, visibleAt };
    this.messages.set(message.id, message);
    return message;
  }

  /** A dead letter comes back as if it had just been sent. */
  redrive(message: QueuedMessage, visibleAt: number): void {
    this.messages.set(message.id, Object.assign(message, { receiveCount: 0, visibleAt }));
  }

  /** Up to `most` of the visible messages, each hidden for `seconds`. */
  receive(most: number, now: number, seconds: number): QueuedMessage[] {
    const visible = [...this.messages.values()].filter(({ visibleAt }) => visibleAt <= now);
    const isSpent = ({ receiveCount }: QueuedMessage) => receiveCount >= MAX_RECEIVES;
    for (const message of visible.filter(isSpent)) {
      this.messages.delete(message.id);
      this.onDead(message);
    }
    const received = this.random.shuffle(visible.filter((message) => !isSpent(message))).slice(0, most);
    for (const message of received) {
      message.receiveCount += 1;
      message.visibleAt = now + seconds;
    }
    return received;
  }

  delete(id: string): void {
    this.messages.delete(id);
  }

  /** When the next message is visible, if there is any. */
  nextVisible(): number | undefined {
    let next: number | undefined;
    for (const { visibleAt } of this.messages.values()) next = Math.min(next ?? visibleAt, visibleAt);
    return next;
  }
}
