import { type ChildProcess, spawn, spawnSync } from 'node:child_process';

/** A program, the CPU it is bound to (undefined: any), and what is set in its environment. */
export interface Command {
  readonly program: string;
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const hasTaskset = spawnSync('taskset', ['--version']).status === 0;
export const canPin = hasTaskset;

/** Above what else may run in real time, and below the kernel's own threads. */
const REAL_TIME_PRIORITY = '40';
let urgent = false;

/**
 * For `--urgent`: keeps other work on the machine out of the figures, as far as that goes (the kernel leaves it 5 %).
 * In real time, as a nice value counts only among the processes of one session; round robin, not first in first out, or
 * the engine's compiler threads, bound to the same CPU, would never get to run.
 */
export function beUrgent(): void {
  if (spawnSync('chrt', ['-r', REAL_TIME_PRIORITY, 'true']).status !== 0) {
    console.error('bench: --urgent wants root and chrt (util-linux)');
    process.exit(1);
  }
  urgent = true;
}

function start(command: Command, cpu: number | undefined): ChildProcess {
  const line = [command.program, ...command.words];
  if (cpu !== undefined && hasTaskset) line.unshift('taskset', '-c', String(cpu));
  if (urgent) line.unshift('chrt', '-r', REAL_TIME_PRIORITY);
  const [program, ...words] = line as [string, ...string[]];
  const child = spawn(program, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: command.cwd,
    env: { ...process.env, NODE_OPTIONS: '', ...command.env },
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

/** Collects a stream's text; only its end is kept, so that a program that floods does not fill the memory. */
function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (piece: string) => {
    text = (text + piece).slice(-100_000);
  });
  return () => text;
}

export interface Server {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** What servers say on their first line: "port N", or a URL. */
const PORT = /^port (\d+)$|:\/\/127\.0\.0\.1:(\d+)/m;

/** Starts a server and waits until it has said where it listens. */
export function startServer(command: Command, cpu: number | undefined): Promise<Server> {
  const child = start(command, cpu);
  const errors = collect(child.stderr);
  const output = collect(child.stdout);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return new Promise((resolve, reject) => {
    const failed = (): void => reject(new Error(`${command.program} ${command.words.join(' ')} ended\n${errors()}`));
    child.once('error', reject);
    child.once('close', failed);
    child.stdout?.on('data', () => {
      const [, bare, ofUrl] = PORT.exec(output()) ?? [];
      const port = Number(bare ?? ofUrl);
      if (!(port > 0)) return;
      const stop = (): Promise<void> => {
        child.kill('SIGKILL');
        return closed;
      };
      resolve({ pid: child.pid!, port, stop });
    });
  });
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

export function runToEnd(command: Command, cpu?: number): Promise<Ended> {
  const child = start(command, cpu);
  const output = collect(child.stdout);
  const errors = collect(child.stderr);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output: output(), errors: errors() }));
  });
}
