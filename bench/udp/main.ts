/** `npm run bench udp`: echo of datagrams. */
import { compileC } from '../lib/compile-c.ts';
import { runLoadSuite, shape } from '../lib/load-suite.ts';
import { type Found, nodeServer, onEachDriver, pythonServer } from '../lib/servers.ts';

const BASELINE = 'node:dgram';

const servers = (): Found[] => [
  nodeServer(BASELINE, 'udp/servers/node-dgram'),
  ...onEachDriver('protocol', 'udp/servers/tsyncio-datagrams'),
  pythonServer('asyncio protocol', 'udp/servers/asyncio_udp.py', 'asyncio', ['asyncio']),
  pythonServer('uvloop protocol', 'udp/servers/asyncio_udp.py', 'uvloop', ['uvloop']),
  { name: 'C recvfrom', command: { program: compileC('peers/c-udp-echo.c'), words: [] } },
];

await runLoadSuite({
  name: 'udp',
  baseline: BASELINE,
  unit: 'msg',
  servers,
  load: () => compileC('load/udp-load.c'),
  shapes: [shape(1, 64, 1), shape(64, 64, 1), shape(64, 1024, 1), shape(8, 64, 16)],
  quickShape: shape(64, 64, 1),
  title: ({ connections, size, depth }) => `UDP, ${connections} sockets × ${size} bytes, depth ${depth}`,
});
