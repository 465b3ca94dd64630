/** Random programs on CPython and on tsyncio, compared: see test/differential/fuzz.ts for the options. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const child = spawnSync(
  process.execPath,
  ['--conditions=@tsyncio/source', '--import', 'tsx', 'test/differential/fuzz.ts', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
process.exit(child.status ?? 1);
