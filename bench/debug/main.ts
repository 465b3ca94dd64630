/** `npm run bench debug`: what debug mode costs, in scheduling and over the network. */
import { compileC } from '../lib/compile-c.ts';
import { echoServers } from '../lib/echo-servers.ts';
import { type FigurePeer, type NamedFigures, printedFigures, runFigureSuite } from '../lib/figure-suite.ts';
import { measureLoad, shapeWords } from '../lib/load.ts';
import { compiled } from '../lib/place.ts';
import { sortOut } from '../lib/servers.ts';

const WORKLOADS = ['switch', 'call', 'spawn', 'gather', 'queue', 'timers'];
/** Of the number of operations that `bench:core` does: enough for a ratio. */
const SCALE = '0.2';
const SHAPE = { connections: 64, size: 64, depth: 1 };

const servers = sortOut(echoServers()).servers.filter(({ name }) => /^(streams|protocol) (io_uring|epoll)$/.test(name));

async function measure(TSYNCIO_DEBUG: string): Promise<NamedFigures> {
  const figures: Record<string, number> = {};
  for (const workload of WORKLOADS) {
    const words = ['--expose-gc', compiled('core/child.js'), 'tsyncio', workload, SCALE];
    const env = { TSYNCIO_BENCH_CLOCK: 'real', TSYNCIO_DEBUG };
    const { perOp } = await printedFigures({ program: process.execPath, words, env });
    figures[`${workload}, ns`] = perOp!;
  }
  const load = compileC('load/echo-load.c');
  const words = [...shapeWords(SHAPE), '--seconds', '1', '--warmup', '0.7'];
  for (const { name, command } of servers) {
    const server = { name, command: { ...command, env: { ...command.env, TSYNCIO_DEBUG } } };
    figures[`echo, ${name}, CPU µs`] = (await measureLoad(load, server, words)).serverCpuUsPerMessage;
  }
  return figures;
}

const peer = (name: string, value: string): FigurePeer => ({ name, measure: () => measure(value) });

await runFigureSuite({
  name: 'debug',
  title: `debug mode: scheduling as in bench:core, and echo on ${SHAPE.connections} connections`,
  baseline: 'off',
  peers: [peer('off', '0'), peer('on', '1')],
  rounds: 5,
  quickRounds: 1,
});
