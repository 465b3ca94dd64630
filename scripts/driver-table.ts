/**
 * Writes docs/drivers.md: which drivers there are, and what one can do that another cannot.
 *
 *   npm run driver-table
 */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { CAPABILITIES, type Capabilities, DIFFERENCES } from '../src/drivers/capabilities.ts';
import type { DriverName } from '../src/io/driver.ts';

export const PAGE = new URL('../docs/drivers.md', import.meta.url);

const NAMES: readonly DriverName[] = ['io_uring', 'epoll', 'node'];

const INTRODUCTION = `# Drivers

<!-- Written by \`npm run driver-table\` from src/drivers/capabilities.ts. -->

Three drivers carry out network I/O; programs are the same on all of them, but for the differences below.

| driver     | where                                          | on                                       |
| ---------- | ---------------------------------------------- | ---------------------------------------- |
| \`io_uring\` | Linux, where the kernel allows it and FFI loads | completion queues of the kernel          |
| \`epoll\`    | Linux, where FFI loads                         | readiness, made to look like completion  |
| \`node\`     | wherever Node runs                             | \`node:net\`, \`node:dgram\`, no foreign functions |

\`auto\`, the default, takes the first that works. \`newEventLoop({ io })\` or the environment variable \`TSYNCIO_IO\` ask for one
(an error when it cannot work here), \`TSYNCIO_FFI=off\` switches foreign functions off. \`loop.driverInfo\` tells which one
it is and why those before it cannot be used; with debugging on the reasons are also printed.

With io_uring and epoll the process keeps up to 64 MiB of freed memory for what is received next, where glibc would give it back
to the kernel piece by piece (\`mallopt\`, told once; [why](design/performance.md#echo)). Who sets \`MALLOC_TRIM_THRESHOLD_\`,
\`MALLOC_MMAP_THRESHOLD_\`, \`MALLOC_TOP_PAD_\` or \`GLIBC_TUNABLES\` in the environment decides that instead.

## Differences

Everything else is the same; the tests of the contract (\`test/drivers/conformance*.ts\`) run on all three, and
\`test/drivers/node-limits.test.ts\` shows that the limits are as told here.
`;

const NOTES = `
On the node driver \`reusePort\` needs Node 22.12, 23.1 or later (else listening fails with \`ENOTSUP\`). After \`shutdown\` of
the reading side, which \`node:net\` does not have, what still arrives is dropped. A send that is cancelled ends with what
Node has taken of it, at most 64 KiB more than the system has; these bytes still go out.
`;

export function renderDriverPage(): string {
  const rows = (Object.keys(DIFFERENCES) as (keyof Capabilities)[]).map((key) => {
    const [what, otherwise] = DIFFERENCES[key];
    const cells = NAMES.map((name) => (CAPABILITIES[name][key] ? 'yes' : `no: ${otherwise}`));
    return `| ${[what, ...cells].join(' | ')} |`;
  });
  const head = [`| what | ${NAMES.join(' | ')} |`, `| --- | ${NAMES.map(() => '---').join(' | ')} |`];
  return `${INTRODUCTION}\n${[...head, ...rows].join('\n')}\n${NOTES}`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(PAGE, renderDriverPage());
}
