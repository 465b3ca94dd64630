import { type Command, type Ended, runToEnd, startServer } from './processes.ts';
import type { BenchServer } from './servers.ts';

/** The server has this CPU for itself, the load that one. */
export const SERVER_CPU = 0;
export const LOAD_CPU = 1;

export interface Shape {
  readonly connections: number;
  readonly size: number;
  readonly depth: number;
}

/** What a load generator prints; see load/common.h. */
export interface Figures extends Shape {
  readonly messages: number;
  readonly seconds: number;
  readonly messagesPerSecond: number;
  readonly megabytesPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
  readonly serverCpuUsPerMessage: number;
  readonly serverCpu: number;
  readonly loadCpuUsPerMessage: number;
  readonly loadCpu: number;
  readonly changed: number;
  readonly broken: number;
  readonly missingBytes: number;
}

/** What the echo load adds for `--idle`. */
export interface IdleFigures extends Figures {
  readonly idleServerCpuSeconds: number;
  readonly idleServerKb: number;
}

export const shapeWords = (shape: Shape): string[] => [
  '--connections',
  String(shape.connections),
  '--size',
  String(shape.size),
  '--depth',
  String(shape.depth),
];

/** One server in a fresh process, one load; throws when a byte is lost or changed, or a connection broken. */
export async function measureLoad(load: string, server: BenchServer, words: readonly string[]): Promise<Figures> {
  const running = await startServer(server.command, SERVER_CPU);
  let ended: Ended;
  try {
    const own = ['--port', String(running.port), '--server-pid', String(running.pid)];
    const command: Command = { program: load, words: [...own, ...words] };
    ended = await runToEnd(command, LOAD_CPU);
  } finally {
    await running.stop();
  }
  if (ended.code !== 0) throw new Error(`${ended.errors}${ended.output}`.trim());
  return JSON.parse(ended.output) as Figures;
}
