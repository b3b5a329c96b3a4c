import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { sharedStack } from './global-setup';

export default function tearDown(): void {
  rmSync(dirname(sharedStack().asset), { recursive: true, force: true });
}
