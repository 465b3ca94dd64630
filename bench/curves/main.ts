/** `npm run bench curves`: what a message costs as connections grow in number. */
import { compileC } from '../lib/compile-c.ts';
import { BASELINE, echoServers } from '../lib/echo-servers.ts';
import type { Figures } from '../lib/load.ts';
import type { Run } from '../lib/load-report.ts';
import { runLoadSuite, shape } from '../lib/load-suite.ts';
import { median } from '../lib/stats.ts';
import { figure, formatTable } from '../lib/table.ts';

const CONNECTIONS = [1, 10, 100, 1_000, 4_000, 10_000];
const CURVES = ['messagesPerSecond', 'serverCpuUsPerMessage', 'p50Us', 'p99Us'] as const;
/** The servers of interest here; `--only` names others. */
const USUAL = new Set([
  BASELINE,
  'streams io_uring',
  'streams epoll',
  'protocol io_uring',
  'uvloop protocol',
  'C epoll',
]);
const chosen = process.argv.includes('--only');

const runs = await runLoadSuite({
  name: 'curves',
  baseline: BASELINE,
  unit: 'msg',
  servers: () => echoServers().filter((server) => typeof server !== 'string' && (chosen || USUAL.has(server.name))),
  load: () => compileC('load/echo-load.c'),
  shapes: CONNECTIONS.map((connections) => shape(connections, 64, 1)),
  quickShape: shape(100, 64, 1),
  title: ({ connections, size, depth }) => `${connections} connections × ${size} bytes, depth ${depth}`,
});

function cell(own: readonly Run[], column: (typeof CURVES)[number]): string {
  const figures = own.flatMap(({ result }) => (typeof result === 'string' ? [] : [result as Figures]));
  return figure(median(figures.map((one) => one[column])));
}

const servers = [...new Set(runs.map(({ server }) => server))];
const sizes = [...new Set(runs.map((run) => run.shape.connections))];
for (const column of CURVES) {
  const rows = servers.map((name) => {
    const own = runs.filter(({ server }) => server === name);
    return [
      name,
      ...sizes.map((n) =>
        cell(
          own.filter((run) => run.shape.connections === n),
          column,
        ),
      ),
    ];
  });
  console.log(`\n${formatTable([column, ...sizes.map((n) => n.toLocaleString('en-US'))], rows)}`);
}
