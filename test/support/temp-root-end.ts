import { rmSync } from 'node:fs';

/** Removes what `temp-root.ts` has made. */
export default function removeTempRoot(): void {
  rmSync(process.env.TMPDIR!, { recursive: true, force: true });
}
