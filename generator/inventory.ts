import type { Site } from './places';
import { Random } from './random';

/** A kind of thing that an account has. */
export interface Kind<T> {
  /** No two kinds have the same. */
  readonly name: string;
  /** How many there are; 1 or more. */
  readonly count: number;
  /** The account has them once, not in each of its regions. */
  readonly global?: boolean;
  make(random: Random, inventory: Inventory): T;
}

/** What an account has in one region: calls ask for the same few things over and over. */
export class Inventory implements Site {
  private readonly shelves = new Map<Kind<unknown>, readonly unknown[]>();

  constructor(
    private readonly seed: string | number,
    readonly account: string,
    readonly region: string,
  ) {}

  /** One of a kind, the first ones much more often than the last. */
  pick<T>(kind: Kind<T>, random: Random): T {
    return random.favour(this.all(kind));
  }

  /** Everything of a kind: the same for the same seed and site. */
  all<T>(kind: Kind<T>): readonly T[] {
    let shelf = this.shelves.get(kind) as readonly T[] | undefined;
    if (shelf === undefined) {
      const region = kind.global === true ? 'everywhere' : this.region;
      const random = Random.seeded(this.seed, kind.name, this.account, region);
      shelf = Array.from({ length: kind.count }, () => kind.make(random, this));
      this.shelves.set(kind, shelf);
    }
    return shelf;
  }
}
