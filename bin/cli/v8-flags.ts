import { setFlagsFromString } from 'node:v8';

/*
 * Loaded before all else, by the CLI and by each of its threads. It lets the heap's part for what has just been made stay
 * as small as it begins; by itself it grows with the amount of such things. What reading makes lives no longer than its
 * file, so that the room would take 25 MB and save hardly any time. It goes for the whole process, but a thread that
 * begins takes it back.
 */
setFlagsFromString('--semi-space-growth-factor=1');
