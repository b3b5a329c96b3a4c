/** zod's functional build and its messages: a third of the size of the other, all of which the function would load. */
import { en } from 'zod/locales';
import { config } from 'zod/mini';

export * from 'zod/mini';

config(en());
