import type { Coroutine } from '../core/coroutine.ts';
import { inspectCustom } from '../core/inspect.ts';
import { OSError } from '../io/os-error.ts';
import { checkBytes } from '../net/check.ts';
import { TransportClosedError } from '../net/errors.ts';
import type { StreamReader } from '../net/stream-reader.ts';
import type { StreamWriter } from '../net/stream-writer.ts';
import { gather } from '../structured/gather.ts';
import type { ChildTransport } from './child-transport.ts';
import type { ProcessStreams } from './process-streams.ts';

/** In bytes: a piece of output that nobody wants any more. */
const DISCARD_SIZE = 64 * 1024;

/**
 * A running child process. Made by `createSubprocessExec` and `createSubprocessShell`.
 *
 * A cancelled `wait` or `communicate` leaves the child running, as in asyncio. In `asyncWith` it cannot be left behind:
 * after the body its stdin is closed, what it still writes is read away, and its end is waited for; when the body throws
 * or is cancelled, it is killed first. The end of `run` kills what still runs.
 *
 * @example
 * const child = yield* createSubprocessExec('sort', ['-n'], { stdin: PIPE, stdout: PIPE });
 * const [sorted] = yield* child.communicate(Buffer.from('3\n1\n2\n'));
 */
export class Process {
  readonly stdin: StreamWriter | undefined;
  readonly stdout: StreamReader | undefined;
  readonly stderr: StreamReader | undefined;
  readonly pid: number;
  readonly #transport: ChildTransport;

  /** @internal */
  constructor(transport: ChildTransport, streams: ProcessStreams) {
    this.#transport = transport;
    this.pid = transport.getPid();
    this.stdin = streams.stdin;
    this.stdout = streams.readers.get(1);
    this.stderr = streams.readers.get(2);
  }

  /** Undefined while it runs; the exit code, or the negative number of the signal that ended it. */
  get returncode(): number | undefined {
    return this.#transport.getReturncode();
  }

  /** Waits for its end and gives the returncode. Read its output meanwhile: a child whose pipe is full never ends. */
  wait(): Coroutine<number> {
    return this.#transport.waitExit();
  }

  /**
   * Sends `input` to its stdin and closes it, reads everything it writes, and waits for its end. Gives stdout and
   * stderr; undefined for what is no pipe. A child that does not read its input is no error.
   *
   * Throws TypeError when there is input but no pipe for it.
   */
  *communicate(input?: Uint8Array): Coroutine<[Buffer | undefined, Buffer | undefined]> {
    if (input !== undefined) checkBytes(input, 'communicate');
    if (input !== undefined && this.stdin === undefined) {
      throw new TypeError('communicate: input needs a pipe to stdin (stdin: PIPE)');
    }
    const [stdout, stderr] = yield* gather([readAll(this.stdout), readAll(this.stderr), this.#feed(input)]);
    yield* this.wait();
    return [stdout, stderr];
  }

  /** Throws OSError (ESRCH) when it has ended, RangeError for what is no signal. */
  sendSignal(signal: NodeJS.Signals | number): void {
    this.#transport.sendSignal(signal);
  }

  /** Asks it to end: SIGTERM. Throws as `sendSignal`. */
  terminate(): void {
    this.#transport.terminate();
  }

  /** Ends it: SIGKILL. Throws as `sendSignal`. */
  kill(): void {
    this.#transport.kill();
  }

  *enter(): Coroutine<this> {
    return this;
  }

  *exit(error: unknown): Coroutine<void> {
    if (error !== undefined) {
      this.#transport.close();
      yield* this.wait();
      return;
    }
    try {
      this.stdin?.close();
      yield* gather([discard(this.stdout), discard(this.stderr), this.wait()]);
    } catch (cancelled) {
      this.#transport.close();
      yield* this.wait();
      throw cancelled;
    }
  }

  toString(): string {
    return `<Process pid=${this.pid}${this.returncode === undefined ? '' : ` returncode=${this.returncode}`}>`;
  }

  [inspectCustom](): string {
    return this.toString();
  }

  *#feed(input: Uint8Array | undefined): Coroutine<void> {
    const { stdin } = this;
    if (stdin === undefined) return;
    try {
      if (input !== undefined) {
        stdin.write(input);
        yield* stdin.drain();
      }
      stdin.close();
      yield* stdin.waitClosed();
    } catch (error) {
      if (!isBrokenPipe(error)) throw error;
    }
  }
}

function* readAll(reader: StreamReader | undefined): Coroutine<Buffer | undefined> {
  return reader === undefined ? undefined : yield* reader.read();
}

function* discard(reader: StreamReader | undefined): Coroutine<void> {
  while (reader !== undefined && (yield* reader.read(DISCARD_SIZE)).length > 0);
}

/** The child has closed its stdin, or has ended. */
function isBrokenPipe(error: unknown): boolean {
  return (
    error instanceof TransportClosedError || (error instanceof OSError && ['EPIPE', 'ECONNRESET'].includes(error.code))
  );
}
