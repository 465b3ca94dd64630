/** `npm run bench`: TCP echo over loopback, tsyncio and its peers, one after the other, again and again. */
import { compileC } from '../lib/compile-c.ts';
import { BASELINE, echoServers } from '../lib/echo-servers.ts';
import { runLoadSuite, shape } from '../lib/load-suite.ts';

await runLoadSuite({
  name: 'echo',
  baseline: BASELINE,
  unit: 'msg',
  servers: echoServers,
  load: () => compileC('load/echo-load.c'),
  shapes: [
    shape(1, 64, 1),
    shape(64, 64, 1),
    shape(512, 64, 1),
    shape(4000, 64, 1),
    shape(64, 64, 16),
    shape(64, 1024, 1),
    shape(64, 16_384, 1),
    shape(64, 1_048_576, 1),
  ],
  quickShape: shape(64, 64, 1),
  title: ({ connections, size, depth }) => `${connections} connections × ${size} bytes, depth ${depth}`,
});
