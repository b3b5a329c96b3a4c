import { evaluatesBeforePut, eventuallyConsistent, forgetful, tallyKeyedByTime, withoutCompare } from './mutated-ports';
import type { Mutation } from './mutation';
import { CLAIM_MUTATIONS } from './mutations-of-claims';
import { TELLING_MUTATIONS } from './mutations-of-publishing';

const PORT_MUTATIONS: readonly Mutation[] = [
  {
    name: 'pages are read without consistency',
    seed: 1,
    caught: 'dense interval without an alert',
    ports: { store: eventuallyConsistent },
  },
  {
    name: 'registers are written without comparing',
    seed: 5,
    caught: 'told twice',
    ports: { store: withoutCompare },
  },
  {
    name: 'tallies expire after ten minutes',
    seed: 2,
    caught: 'dense interval without an alert',
    ports: { store: forgetful },
  },
  {
    name: 'tallies are keyed by time',
    seed: 1,
    caught: '2 tallies of',
    ports: { detector: tallyKeyedByTime },
  },
  {
    name: 'buckets are looked at before the put',
    seed: 11,
    caught: 'dense interval without an alert',
    ports: { detector: evaluatesBeforePut },
  },
];

export const MUTATIONS: readonly Mutation[] = [...PORT_MUTATIONS, ...CLAIM_MUTATIONS, ...TELLING_MUTATIONS];
