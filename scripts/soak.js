/** Random traffic on the drivers for a long time: see test/soak/cli.ts for the options. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const child = spawnSync(
  process.execPath,
  ['--expose-gc', '--conditions=@tsyncio/source', '--import', 'tsx', 'test/soak/cli.ts', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
process.exit(child.status ?? 1);
