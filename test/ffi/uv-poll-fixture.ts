/** Run by uv-poll.test.ts: a watch whose descriptor is readable still when the thread ends in the way asked for. */
import { writeSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { libc, pinned } from '../../src/ffi/libc.ts';
import { UvPoll } from '../../src/ffi/uv-poll.ts';

/** A timer's descriptor: nothing in JavaScript and nothing else in libuv ends the wait for it. */
function alarm(): { fd: number; set: () => void; clear: () => boolean } {
  const CLOCK_MONOTONIC = 1;
  const NONBLOCK_CLOEXEC = 0o2004000;
  const fd = libc().timerfd_create(CLOCK_MONOTONIC, NONBLOCK_CLOEXEC);
  const expiry = pinned(32);
  expiry.view.setUint32(24, 1_000_000, true);
  const set = (): void => {
    libc().timerfd_settime(fd, 0, expiry.address, 0);
  };
  return { fd, set, clear: () => libc().read(fd, pinned(8).address, 8) === 8 };
}

function watchAndEnd(how: string, woken: () => unknown): void {
  const { fd, set, clear } = alarm();
  const watch = new UvPoll(fd, () => {
    if (!clear()) return watch.start();
    set();
    woken();
    if (how === 'close') watch.close();
    else if (how === 'exit') process.exit(1);
    else watch.start();
    if (how === 'unref') watch.unref();
  });
  watch.start();
  set();
}

const [side, how] = (process.argv[2] ?? '').split('-') as [string, string];
if (!isMainThread) {
  watchAndEnd(workerData as string, () => parentPort!.postMessage('woken'));
} else if (side === 'main') {
  // Only the first: what else keeps the process alive (the loader) decides how many follow.
  let times = 0;
  watchAndEnd(how, () => times++ === 0 && writeSync(1, 'woken\n'));
} else {
  // The loader of TypeScript that the main thread was started with does not reach into workers on every Node.
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const source = `import { register } from ${loader}; register(); await import(${JSON.stringify(import.meta.url)});`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { workerData: how });
  let terminated = false;
  worker.on('message', () => {
    if (terminated) return;
    writeSync(1, 'woken\n');
    if (how !== 'terminate') return;
    terminated = true;
    void worker.terminate();
  });
  worker.on('error', (error) => writeSync(2, `${error}\n`));
  worker.on('exit', (code) => writeSync(1, `exit ${code}\n`));
}
