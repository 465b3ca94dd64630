/** Compiled by `tsc -p .`, never run: what TypeScript infers for process/, threads/ and files/. */
import { MessageChannel } from 'node:worker_threads';
import {
  AsyncFile,
  asyncWith,
  type Coroutine,
  createSubprocessExec,
  createSubprocessShell,
  DEVNULL,
  FileError,
  LoopHandle,
  loopHandle,
  openFile,
  PIPE,
  Process,
  RemoteLoop,
  type RemotePromise,
  remoteLoop,
  type Server,
  SpawnError,
  STDOUT,
  type StreamReader,
  type StreamWriter,
  SubprocessProtocol,
  SubprocessTransport,
  serveUntilSignal,
  sleep,
  TextFile,
  ThreadPoolExecutor,
  toThread,
  transfer,
  WorkerError,
} from 'tsyncio';
import { exactly } from './exactly.ts';

declare const server: Server;
declare const thrown: unknown;
declare const remote: RemoteLoop<typeof calls>;

const calls = {
  pour: (glasses: number): string => `${glasses}`,
  *serve(customer: string): Coroutine<number> {
    yield* sleep(1);
    return customer.length;
  },
};

export function* processes(): Coroutine<void> {
  const child = yield* createSubprocessExec('cat', ['-'], { stdin: PIPE, stdout: PIPE, stderr: STDOUT });
  exactly<Process>()(child);
  exactly<StreamWriter | undefined>()(child.stdin);
  exactly<StreamReader | undefined>()(child.stdout);
  exactly<number | undefined>()(child.returncode);
  exactly<number>()(yield* child.wait());
  exactly<[Buffer | undefined, Buffer | undefined]>()(yield* child.communicate(Buffer.from('x')));
  exactly<Process>()(yield* createSubprocessShell('true', { stdout: DEVNULL }));
  exactly<NodeJS.Signals>()(yield* serveUntilSignal(server, { grace: 1_000 }));
  if (thrown instanceof SpawnError) exactly<string>()(thrown.message);
  if (thrown instanceof SubprocessTransport) exactly<number>()(thrown.getPid());
  if (thrown instanceof Process || thrown instanceof SubprocessProtocol) exactly<string>()(String(thrown));
  // @ts-expect-error: only the output of errors can be merged
  createSubprocessExec('cat', [], { stdout: STDOUT });
}

export function* threads(): Coroutine<void> {
  exactly<number>()(yield* toThread((a: number, b: number) => a + b, 1, 2));
  exactly<string>()(yield* toThread(async (name: string) => name, 'Ann'));
  exactly<Uint8Array<ArrayBuffer>>()(transfer(new Uint8Array(8)));
  exactly<number>()(new ThreadPoolExecutor({ maxWorkers: 2 }).maxWorkers);
  if (thrown instanceof WorkerError) exactly<string>()(thrown.message);
  // @ts-expect-error: an argument of another type
  toThread((a: number) => a, 'x');
}

export function remotes(): void {
  const handle = loopHandle(calls);
  exactly<LoopHandle<typeof calls>>()(handle);
  exactly<boolean>()(thrown instanceof LoopHandle || thrown instanceof RemoteLoop);
  exactly<RemoteLoop<typeof calls>>()(remoteLoop<typeof calls>(new MessageChannel().port1));
  exactly<RemotePromise<number>>()(remote.runCoroutineThreadsafe('serve', 'Ann'));
  exactly<RemotePromise<string>>()(remote.runCoroutineThreadsafe('pour', 2));
  exactly<void>()(remote.callSoonThreadsafe('pour', 2));
  // @ts-expect-error: no such call
  remote.callSoonThreadsafe('drink');
}

export function* files(): Coroutine<void> {
  const file = yield* openFile('menu');
  exactly<AsyncFile>()(file);
  exactly<TextFile>()(yield* openFile('menu', 'r', { encoding: 'utf8' }));
  exactly<Buffer>()(yield* file.read());
  exactly<number>()(
    yield* asyncWith(file, function* (entered) {
      exactly<AsyncFile>()(entered);
      return yield* entered.seek(0);
    }),
  );
  if (thrown instanceof AsyncFile || thrown instanceof TextFile) exactly<number>()(thrown.fd);
  if (thrown instanceof FileError) exactly<string>()(thrown.message);
  // @ts-expect-error: no such flags
  openFile('menu', 'rw');
}
