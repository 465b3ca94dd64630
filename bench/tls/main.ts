/** `npm run bench tls`: echo over TLS 1.3. */
import { compileC } from '../lib/compile-c.ts';
import { runLoadSuite, shape } from '../lib/load-suite.ts';
import { type Found, nodeServer, onEachDriver, pythonServer } from '../lib/servers.ts';

const BASELINE = 'node:tls';

const servers = (): Found[] => [
  nodeServer(BASELINE, 'tls/servers/node-tls'),
  ...onEachDriver('streams', 'echo/servers/tsyncio-streams', ['tls']),
  pythonServer('asyncio streams', 'echo/servers/asyncio_echo.py', 'asyncio', ['streams', 'asyncio', 'tls']),
  pythonServer('uvloop streams', 'echo/servers/asyncio_echo.py', 'uvloop', ['streams', 'uvloop', 'tls']),
];

await runLoadSuite({
  name: 'tls',
  baseline: BASELINE,
  unit: 'msg',
  servers,
  load: () => compileC('load/echo-load.c', 'echo-load-tls', ['-DTLS', '-lssl', '-lcrypto']),
  shapes: [shape(1, 64, 1), shape(64, 64, 1), shape(64, 16_384, 1), shape(64, 1_048_576, 1)],
  quickShape: shape(64, 64, 1),
  title: ({ connections, size, depth }) => `TLS, ${connections} connections × ${size} bytes, depth ${depth}`,
});
