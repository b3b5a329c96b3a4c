import { setFlagsFromString } from 'node:v8';

/*
 * Is loaded first, by the CLI and by each of its threads: a new thread resets the flag for the process. V8's young
 * generation keeps its initial size instead of growing with the allocation rate: what reading allocates does not outlive
 * its file, so a larger one would take 25 MB and save hardly any time.
 */
setFlagsFromString('--semi-space-growth-factor=1');
