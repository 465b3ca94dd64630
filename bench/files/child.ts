/** One job by one peer: once to warm up, then the median of some calls. `child.js PEER JOB FOLDER` */
import { newEventLoop, run } from '../../src/index.ts';
import type { DriverName } from '../../src/io/driver.ts';
import { median } from '../lib/stats.ts';
import { byNode } from './by-node.ts';
import { byTsyncio } from './by-tsyncio.ts';
import { JOBS } from './work.ts';

const CALLS = 3;

const [peer, job, folder] = process.argv.slice(2) as [string, string, string];
const times: number[] = [];
const cpu: number[] = [];

function note(start: number, before: NodeJS.CpuUsage): void {
  times.push(performance.now() - start);
  const { user, system } = process.cpuUsage(before);
  cpu.push((user + system) / 1000);
}

if (peer === 'fs/promises') {
  await byNode[job]!(folder);
  for (let i = 0; i < CALLS; i++) {
    const before = process.cpuUsage();
    const start = performance.now();
    await byNode[job]!(folder);
    note(start, before);
  }
} else {
  const io = peer.split(' ')[1] as DriverName;
  await run(
    function* () {
      yield* byTsyncio[job]!(folder);
      for (let i = 0; i < CALLS; i++) {
        const before = process.cpuUsage();
        const start = performance.now();
        yield* byTsyncio[job]!(folder);
        note(start, before);
      }
    },
    { loopFactory: () => newEventLoop({ io }) },
  );
}
console.log(JSON.stringify({ rate: (JOBS[job]!.amount / median(times)) * 1000, cpuMs: median(cpu) }));
