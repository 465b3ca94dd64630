/** `npm run bench accept`: connections opened, used for one message and closed, per second. */
import { compileC } from '../lib/compile-c.ts';
import { BASELINE, echoServers } from '../lib/echo-servers.ts';
import { runLoadSuite, shape } from '../lib/load-suite.ts';

await runLoadSuite({
  name: 'accept',
  baseline: BASELINE,
  unit: 'conn',
  servers: echoServers,
  load: () => compileC('load/accept-load.c'),
  shapes: [shape(1, 64, 1), shape(64, 64, 1)],
  quickShape: shape(64, 64, 1),
  title: ({ connections, size }) => `accept storm, ${connections} at a time, ${size} bytes echoed on each`,
});
