/** `npm run bench http`: hello world over HTTP/1.1 with keep-alive; ours is examples/http-hello.ts as it is. */
import { compileC } from '../lib/compile-c.ts';
import { runLoadSuite, shape } from '../lib/load-suite.ts';
import { type Found, nodeServer, onEachDriver } from '../lib/servers.ts';

const BASELINE = 'node:http';

const servers = (): Found[] => [
  nodeServer(BASELINE, 'http/servers/node-http'),
  ...onEachDriver('streams', 'http/servers/tsyncio-http'),
];

await runLoadSuite({
  name: 'http',
  baseline: BASELINE,
  unit: 'req',
  servers,
  load: () => compileC('load/http-load.c'),
  shapes: [shape(1, 1, 1), shape(64, 1, 1), shape(512, 1, 1), shape(64, 1, 16)],
  quickShape: shape(64, 1, 1),
  title: ({ connections, depth }) =>
    `HTTP hello, ${connections} connections, ${depth === 1 ? 'no pipelining' : `${depth} requests under way on each`}`,
});
