/** What servers of every kind are made of; the lists are in the suites. */
import { existsSync } from 'node:fs';
import { BENCH, compiled } from './place.ts';
import type { Command } from './processes.ts';
import { findPython } from './python.ts';

export interface BenchServer {
  readonly name: string;
  readonly command: Command;
}

/** A server, or why there is none. */
export type Found = BenchServer | string;

/** A server of this folder in Node; `file` is its path below bench/ without the extension. */
export function nodeServer(
  name: string,
  file: string,
  env: Readonly<Record<string, string>> = {},
  words: readonly string[] = [],
): Found {
  const path = compiled(`${file}.js`);
  if (!existsSync(path)) return `${name}: not there`;
  return { name, command: { program: process.execPath, words: [path, ...words], env } };
}

export const DRIVERS = ['io_uring', 'epoll', 'node'] as const;

/** One on each driver: "streams io_uring", "streams epoll", "streams node". */
export function onEachDriver(name: string, file: string, words: readonly string[] = []): Found[] {
  return DRIVERS.map((io) => nodeServer(`${name} ${io}`, file, { TSYNCIO_IO: io }, words));
}

/** A program in Python that needs `module`. */
export function pythonServer(
  name: string,
  file: string,
  module: 'asyncio' | 'uvloop' | 'trio',
  words: readonly string[] = [],
): Found {
  const python = findPython();
  if (python === undefined) return `${name}: no python3`;
  if (module !== 'asyncio' && python[module] === undefined) return `${name}: ${module} cannot be imported`;
  return { name, command: { program: python.program, words: ['-W', 'ignore', `${BENCH}${file}`, ...words] } };
}

export function sortOut(all: readonly Found[]): { readonly servers: BenchServer[]; readonly without: string[] } {
  const servers = all.filter((entry): entry is BenchServer => typeof entry !== 'string');
  return { servers, without: all.filter((entry): entry is string => typeof entry === 'string') };
}
