import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** A new folder, removed after the tests of the file. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `tsyncio-${name}-`));
  after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Makes new files in a folder, each with what it is given, and gives their paths. */
export function filesIn(folder: string): (content: string | Buffer) => string {
  let made = 0;
  return (content) => {
    made += 1;
    const path = join(folder, `file-${made}`);
    writeFileSync(path, content);
    return path;
  };
}
