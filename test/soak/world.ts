import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Coroutine, type ExceptionContext, Queue } from 'tsyncio';
import type { DriverName } from '../../src/io/driver.ts';
import type { Service } from './services.ts';
import { Watch } from './watch.ts';

/** Bytes there and back, and how often each thing was done. */
export interface Tally {
  bytes: number;
  readonly done: Map<string, number>;
}

/** What all actions share. */
export class World {
  readonly io: DriverName | 'memory';
  /** Connections break by themselves: nobody can count on a calm run. */
  readonly hostile: boolean;
  readonly folder: string = mkdtempSync(join(tmpdir(), 'tsyncio-soak-'));
  readonly services: Service[] = [];
  readonly watch = new Watch((what) => this.fail(what, 'it hangs'));
  readonly tally: Tally = { bytes: 0, done: new Map() };
  /** What should not have happened. */
  readonly failures: string[] = [];
  /** Paths of fifos that nobody uses. */
  readonly fifos = new Queue<string>();

  constructor(io: DriverName | 'memory', hostile = false) {
    this.io = io;
    this.hostile = hostile;
  }

  count(what: string): void {
    this.tally.done.set(what, (this.tally.done.get(what) ?? 0) + 1);
  }

  fail(what: string, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
    this.failures.push(`${what}: ${text}`);
  }

  /** For the loop's exception handler. */
  reported({ message, exception }: ExceptionContext): void {
    this.fail(`reported: ${message}`, exception);
  }

  *close(): Coroutine<void> {
    for (const service of this.services) yield* service.stop(false);
    rmSync(this.folder, { recursive: true });
  }
}
