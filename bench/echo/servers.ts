import { existsSync } from 'node:fs';
import { compileC } from '../lib/compile-c.ts';
import { BENCH, compiled } from '../lib/place.ts';
import type { Command } from '../lib/processes.ts';
import { findPython } from '../lib/python.ts';

export interface EchoServer {
  readonly name: string;
  readonly command: Command;
}

/** What every other server is compared with. */
export const BASELINE = 'node:net';

function nodeServer(name: string, file: string, env: Record<string, string> = {}): EchoServer | string {
  const path = compiled(`echo/servers/${file}.js`);
  if (!existsSync(path)) return `${name}: not there`;
  return { name, command: { program: process.execPath, words: [path], env } };
}

function pythonServer(name: string, kind: string, loop: 'asyncio' | 'uvloop'): EchoServer | string {
  const python = findPython();
  if (python === undefined) return `${name}: no python3`;
  if (loop === 'uvloop' && python.uvloop === undefined) return `${name}: uvloop cannot be imported`;
  const words = [`${BENCH}echo/servers/asyncio_echo.py`, kind, loop];
  return { name, command: { program: python.program, words } };
}

/** All that can run here, and for each other one why not. */
export function findServers(): { readonly servers: EchoServer[]; readonly without: string[] } {
  const all = [
    nodeServer(BASELINE, 'node-net'),
    nodeServer('streams io_uring', 'tsyncio-streams', { TSYNCIO_IO: 'io_uring' }),
    nodeServer('streams epoll', 'tsyncio-streams', { TSYNCIO_IO: 'epoll' }),
    nodeServer('protocol io_uring', 'tsyncio-protocol', { TSYNCIO_IO: 'io_uring' }),
    nodeServer('protocol epoll', 'tsyncio-protocol', { TSYNCIO_IO: 'epoll' }),
    pythonServer('asyncio streams', 'streams', 'asyncio'),
    pythonServer('asyncio protocol', 'protocol', 'asyncio'),
    pythonServer('uvloop streams', 'streams', 'uvloop'),
    pythonServer('uvloop protocol', 'protocol', 'uvloop'),
    { name: 'C epoll', command: { program: compileC('peers/c-epoll-echo.c'), words: [] } },
    { name: 'C io_uring', command: { program: compileC('peers/c-uring-echo.c'), words: [] } },
  ];
  const servers = all.filter((entry): entry is EchoServer => typeof entry !== 'string');
  return { servers, without: all.filter((entry) => typeof entry === 'string') };
}
