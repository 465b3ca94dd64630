import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Those of this process, with what they stand for; only Linux tells. */
export function openDescriptors(): string[] {
  const folder = '/proc/self/fd';
  return process.platform === 'linux' ? readdirSync(folder).map((fd) => `${fd} ${targetOf(join(folder, fd))}`) : [];
}

/** Undefined for the descriptor with which the folder was read. */
function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Fails if there are sockets, rings or the like that were not open before. Files are Node's own: it loads modules meanwhile. */
export function assertNothingOpened(before: readonly string[]): void {
  const opened = openDescriptors().filter((one) => !before.includes(one) && /:/.test(one));
  assert.deepEqual(opened, [], 'open descriptors');
}
