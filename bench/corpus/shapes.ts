import type { TrailSpec } from '../../bin/synthetic-trail/trail';
import { corpusTrail } from './corpus-trail';

const START = Date.UTC(2026, 10, 2) / 1000;

/** How a trail is laid out as files. */
export type Layout =
  /** a file for each object */
  | { readonly kind: 'files' }
  /** all records in one file */
  | { readonly kind: 'one-file' }
  /** so many files, of which many are the same under another name: that adds nothing to be found */
  | { readonly kind: 'links'; readonly files: number };

export interface CorpusShape {
  readonly trail: TrailSpec;
  readonly layout: Layout;
}

/** What is measured on. Sizes are of JSON; how busy decides how large the objects are. */
export const SHAPES = {
  S: files(20, 1),
  M: files(200, 4),
  /** objects of 72 KB, on average: a busy organisation's */
  L: files(1000, 24),
  /** the same with 24 alerts */
  L24: { trail: sweptTrail(1000, 24, 41), layout: { kind: 'files' } },
  tiny: { trail: quietTrail(50), layout: { kind: 'files' } },
  'one-object': { trail: corpusTrail(200, START, 4), layout: { kind: 'one-file' } },
  'objects-1k': links(1_000),
  'objects-10k': links(10_000),
  'objects-100k': links(100_000),
} as const satisfies Record<string, CorpusShape>;

export type CorpusName = keyof typeof SHAPES;

function files(megabytes: number, busyness: number): CorpusShape {
  return { trail: corpusTrail(megabytes, START, busyness), layout: { kind: 'files' } };
}

/** So many sweeps, one a minute: some of them are too small or too slow to be found. */
function sweptTrail(megabytes: number, busyness: number, sweeps: number): TrailSpec {
  const trail = corpusTrail(megabytes, START, busyness, 60);
  return { ...trail, sweeps: trail.sweeps.slice(0, sweeps) };
}

/** So little traffic that an object holds four records or so, mostly of one program. */
function quietTrail(megabytes: number): TrailSpec {
  return { ...corpusTrail(megabytes, START, 0.18), identitiesPerAccount: 4 };
}

/** Sweeps that just miss: the evidence of an alert would be a cost of its own, whatever the number of files. */
function links(count: number): CorpusShape {
  const trail = quietTrail(4);
  const sweeps = trail.sweeps.map((sweep) => ({ ...sweep, regions: 9 }));
  return { trail: { ...trail, sweeps }, layout: { kind: 'links', files: count } };
}
