import { compileC } from './compile-c.ts';
import { type Found, nodeServer, onEachDriver, pythonServer } from './servers.ts';

/** What every other server is compared with. */
export const BASELINE = 'node:net';

/** All TCP echo servers that can run here, and for each other one why not. */
export const echoServers = (): Found[] => [
  nodeServer(BASELINE, 'echo/servers/node-net'),
  ...onEachDriver('streams', 'echo/servers/tsyncio-streams'),
  ...onEachDriver('protocol', 'echo/servers/tsyncio-protocol'),
  pythonServer('asyncio streams', 'echo/servers/asyncio_echo.py', 'asyncio', ['streams', 'asyncio']),
  pythonServer('asyncio protocol', 'echo/servers/asyncio_echo.py', 'asyncio', ['protocol', 'asyncio']),
  pythonServer('uvloop streams', 'echo/servers/asyncio_echo.py', 'uvloop', ['streams', 'uvloop']),
  pythonServer('uvloop protocol', 'echo/servers/asyncio_echo.py', 'uvloop', ['protocol', 'uvloop']),
  pythonServer('trio streams', 'echo/servers/trio_echo.py', 'trio'),
  { name: 'C epoll', command: { program: compileC('peers/c-epoll-echo.c'), words: [] } },
  { name: 'C io_uring', command: { program: compileC('peers/c-uring-echo.c'), words: [] } },
];
