import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** All that a run's tests leave in the temporary folder, the CDK's own assemblies among it, goes into one of its own. */
export default function setTempRoot(): void {
  process.env.TMPDIR = mkdtempSync(join(tmpdir(), 'regionsweep-tests-'));
}
