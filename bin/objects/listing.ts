import type { ListedObject } from '../../lambda/adapters/s3-list';
import type { ObjectRef } from '../../lambda/ports';
import { compareBytes } from './s3-place';
import type { KeyRange } from './trail-walk';

export type ListObjects = (prefix: string, after: string | undefined) => AsyncIterable<ListedObject>;

/** Listings whose first page is asked for while an earlier one is still gone through. */
const LISTINGS_AHEAD = 8;

/**
 * The objects of the ranges, one range after the other.
 * @param after what lies at this key or before it is left out, without listing it
 */
export function objectsIn(
  ranges: AsyncIterable<KeyRange>,
  list: ListObjects,
  after: ObjectRef['key'] | undefined,
): AsyncIterable<ListedObject> {
  return inOrder(listings(ranges, list, after), LISTINGS_AHEAD);
}

async function* listings(
  ranges: AsyncIterable<KeyRange>,
  list: ListObjects,
  after: string | undefined,
): AsyncIterable<AsyncIterable<ListedObject>> {
  for await (const range of ranges) {
    const isDone =
      after !== undefined && !after.startsWith(range.prefix) && compareBytes(range.prefix, after) < 0;
    if (!isDone) yield listed(range, list, after?.startsWith(range.prefix) === true ? after : undefined);
  }
}

async function* listed(
  range: KeyRange,
  list: ListObjects,
  after: string | undefined,
): AsyncIterable<ListedObject> {
  for await (const object of list(range.prefix, laterOf(range.after, after))) {
    if (range.before !== undefined && compareBytes(object.key, range.before) >= 0) return;
    yield object;
  }
}

function laterOf(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareBytes(a, b) < 0 ? b : a;
}

/** Goes through sources in order, each to its end; the first item of the next `ahead` is asked for already. */
async function* inOrder<T>(sources: AsyncIterable<AsyncIterable<T>>, ahead: number): AsyncIterable<T> {
  const begun: { readonly rest: AsyncIterator<T>; readonly first: Promise<IteratorResult<T>> }[] = [];
  const more = sources[Symbol.asyncIterator]();
  let isOver = false;
  while (true) {
    while (!isOver && begun.length <= ahead) {
      const source = await more.next();
      if (source.done === true) {
        isOver = true;
      } else {
        const rest = source.value[Symbol.asyncIterator]();
        const first = rest.next();
        // Whoever waits for it is told; nobody may, when an earlier one failed.
        first.catch(() => undefined);
        begun.push({ rest, first });
      }
    }
    const next = begun.shift();
    if (next === undefined) return;
    for (let item = await next.first; item.done !== true; item = await next.rest.next()) yield item.value;
  }
}
