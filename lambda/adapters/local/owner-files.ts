import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { reasonOf } from '../../errors';
import {
  type AddressOwner,
  type AddressOwners,
  type OwnerFile,
  ownerFileOf,
  ownersOf,
} from '../../util/address-owners';

/** @throws Error naming the file */
export async function readOwnerFile(path: string): Promise<OwnerFile> {
  try {
    return ownerFileOf(basename(path), await readFile(path));
  } catch (cause) {
    throw new Error(`${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** Address owners by files, each read when the first address is asked for. A fault is said once a file. */
export class OwnerFiles implements AddressOwners {
  private opened: Promise<OwnerFile[]> | undefined;
  private readonly faulty = new Set<string>();

  /** @param onFault is given what to say of a file that cannot be read, or is broken */
  constructor(
    private readonly paths: readonly string[],
    private readonly onFault: (reason: string) => void,
  ) {}

  async find(addresses: readonly string[]): Promise<readonly AddressOwner[]> {
    this.opened ??= this.open();
    return ownersOf(addresses, await this.opened, (file, error) => this.say(file, `${file}: ${reasonOf(error)}`));
  }

  private async open(): Promise<OwnerFile[]> {
    const files: OwnerFile[] = [];
    for (const path of this.paths) {
      try {
        files.push(await readOwnerFile(path));
      } catch (error) {
        this.say(path, reasonOf(error));
      }
    }
    return files;
  }

  private say(file: string, reason: string): void {
    if (!this.faulty.has(file)) this.onFault(reason);
    this.faulty.add(file);
  }
}
