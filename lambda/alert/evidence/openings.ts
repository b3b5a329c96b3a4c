import { entry } from '../../collections';
import { type ObjectRef, objectName } from '../../ports';
import { many } from '../text';
import type { Collector } from './collector';

/** An object and the hits it is opened for. */
export interface Opened {
  readonly object: ObjectRef;
  readonly collectors: Collector[];
}

/** Each object once, however many hits it is opened for. */
export function byObject(
  collectors: readonly Collector[],
  objectsOf: (collector: Collector) => readonly ObjectRef[],
): Iterable<Opened> {
  const opened = new Map<string, Opened>();
  for (const collector of collectors) {
    for (const object of objectsOf(collector)) {
      entry(opened, objectName(object), () => ({ object, collectors: [] })).collectors.push(collector);
    }
  }
  return opened.values();
}

/** What became of the objects that were to be opened for a hit. */
export interface Opening {
  /** opened, whatever came of it, and of those the ones read to their end */
  opened: number;
  read: number;
  /** not opened, by reason */
  readonly left: Map<string, number>;
}

/** Keeps count of what was opened for each hit. */
export class Openings {
  private readonly openings = new Map<Collector, Opening>();

  of(collector: Collector): Opening {
    return entry(this.openings, collector, () => ({ opened: 0, read: 0, left: new Map<string, number>() }));
  }

  opened(collector: Collector, isRead: boolean): void {
    const opening = this.of(collector);
    opening.opened += 1;
    opening.read += isRead ? 1 : 0;
  }

  left(collector: Collector, reason: string): void {
    const { left } = this.of(collector);
    left.set(reason, (left.get(reason) ?? 0) + 1);
  }
}

/**
 * Which of so many were not read, and why.
 * @param named how so many of them are called
 * @param late why nothing is known of the others
 */
export function unreadOf(
  { opened, read, left }: Opening,
  count: number,
  named: (files: number) => string,
  late: string,
): string[] {
  const known = [...left.values()].reduce((sum, files) => sum + files, 0);
  const causes: [number, string][] = [
    [opened - read, 'could not be read to the end'],
    ...[...left].map(([reason, files]): [number, string] => [files, reason]),
    [count - opened - known, late],
  ];
  return causes.flatMap(([files, reason]) => (files === 0 ? [] : [`${named(files)}: ${reason}`]));
}

/** How the unread are named: of the files that tell of the calls, and of those beside them. */
export const elseIn = (files: number) => `what else lies in ${many(files, 'file')} of the calls`;
export const moreFiles = (files: number) => many(files, 'more file');
