/** What may differ where we start children ourselves, and collect them; all else of test/process runs in both ways. */
import assert from 'node:assert/strict';
import { spawn as nodeSpawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { test } from 'node:test';
import {
  type Coroutine,
  createSubprocessExec,
  createSubprocessShell,
  DEVNULL,
  gather,
  getRunningLoop,
  type OSError,
  PIPE,
  type Process,
  wrapFuture,
} from 'tsyncio';
import { bindAll, bindChecked, bindRaw } from '../../src/ffi/libc.ts';
import { ECHILD } from '../../src/io/errno.ts';
import { startFixture } from '../support/child.ts';
import { assertNothingOpened, openDescriptors } from '../support/open-descriptors.ts';
import { thrown } from '../support/thrown.ts';
import { onEachOwnWay, onEachWay } from './ways.ts';

const ALL = { stdin: PIPE, stdout: PIPE, stderr: PIPE } as const;
const OUT = { stdin: DEVNULL, stdout: PIPE } as const;
const WNOHANG = 1;
const F_DUPFD = 0;

/** Why the C library cannot keep a child from getting them, if it cannot. */
function whyPassedOn(): string | undefined {
  try {
    bindRaw('int posix_spawn_file_actions_addclosefrom_np(intptr, int)');
    return undefined;
  } catch {
    return 'the C library has no addclosefrom_np';
  }
}

/** What the system says to who asks for a child that was collected already. */
function collectAgain(pid: number): number {
  return bindChecked('int waitpid(int, intptr, int)')(pid, 0, WNOHANG);
}

function* output(child: Process): Coroutine<string> {
  return String((yield* child.communicate())[0]);
}

onEachWay((on) => {
  test('a child that ends before anybody waits, on a loop with nothing else to do', () =>
    on.run(function* () {
      const child = yield* createSubprocessExec('sh', ['-c', 'exit 3']);
      assert.equal(yield* child.wait(), 3);
      const other = yield* createSubprocessExec('sh', ['-c', 'exit 4'], OUT);
      assert.equal((yield* other.stdout!.read()).length, 0);
      assert.equal(yield* other.wait(), 4);
    }));

  test('a child that closes stdout and lives on', () =>
    on.run(function* () {
      const child = yield* createSubprocessShell('exec >&-; read x; exit 6', { stdin: PIPE, stdout: PIPE });
      assert.equal((yield* child.stdout!.read()).length, 0);
      assert.equal(child.returncode, undefined);
      child.stdin!.write(Buffer.from('\n'));
      assert.equal(yield* child.wait(), 6);
    }));

  test('a grandchild that keeps stdout open: the child has ended, its output has not', () =>
    on.run(function* () {
      const late = 'sleep 1000 >&- & s=$!; trap "kill $s; echo late" USR1; echo $$; wait $s';
      const child = yield* createSubprocessShell(`sh -c '${late}' & exit 2`, OUT);
      const grandchild = Number(yield* child.stdout!.readLine());
      assert.equal(yield* child.wait(), 2);
      assert.equal(child.stdout!.atEof(), false);
      process.kill(grandchild, 'SIGUSR1');
      assert.equal(yield* output(child), 'late\n');
    }));

  test('signals do what they do by default, and none is blocked', () =>
    on.run(function* () {
      const listener = (): void => {};
      // A listener is a handler of the process; and Node ignores SIGPIPE.
      process.on('SIGTERM', listener);
      try {
        for (const [signal, number] of Object.entries({ TERM: 15, PIPE: 13, INT: 2, USR1: 10 })) {
          const child = yield* createSubprocessShell(`kill -${signal} $$; exit 1`);
          assert.equal(yield* child.wait(), -number, signal);
        }
        const child = yield* createSubprocessExec('grep', ['-E', '^Sig(Blk|Ign|Cgt)', '/proc/self/status'], OUT);
        const zeros = '0'.repeat(16);
        const text = yield* output(child);
        assert.equal(
          text.replace(/Cgt:\t\w+/, `Cgt:\t${zeros}`),
          ['Blk', 'Ign', 'Cgt'].map((one) => `Sig${one}:\t${zeros}\n`).join(''),
        );
      } finally {
        process.removeListener('SIGTERM', listener);
      }
    }));

  test('what the child gets waits, and nothing else is passed on', () =>
    on.run(function* () {
      const child = yield* createSubprocessShell('cd /proc/$$/fdinfo; grep flags *', ALL);
      const lines = (yield* output(child)).trim().split('\n');
      // From 10 on a shell keeps what is its own; the folder itself is open when it is listed, and gone afterwards.
      const inherited = lines.map((line) => line.split(/:flags:\s*/)).filter(([fd]) => Number(fd) < 10);
      assert.deepEqual(
        inherited.map(([fd]) => fd),
        ['0', '1', '2'],
      );
      for (const [fd, flags] of inherited) assert.equal(Number.parseInt(flags!, 8) & 0o4000, 0, `descriptor ${fd}`);
    }));
});

onEachOwnWay((on) => {
  test('200 children at once: each is collected, once, and nothing stays open', () =>
    on.run(function* () {
      yield* (yield* createSubprocessExec('true')).wait();
      const before = openDescriptors();
      const one = function* (i: number): Coroutine<number> {
        const child = yield* createSubprocessExec('cat', [], ALL);
        const [text] = yield* child.communicate(Buffer.from(`customer ${i}`));
        assert.equal(String(text), `customer ${i}`);
        assert.equal(child.returncode, 0);
        return child.pid;
      };
      const pids = yield* gather(Array.from({ length: 200 }, (_, i) => one(i)));
      assert.deepEqual(new Set(pids.map(collectAgain)), new Set([-ECHILD]));
      assertNothingOpened(before);
      const { inFlight, sockets } = getRunningLoop().statistics;
      assert.deepEqual({ inFlight, sockets }, { inFlight: 0, sockets: 0 });
    }));

  test('a descriptor that others have opened without close-on-exec is not passed on', { skip: whyPassedOn() }, () =>
    on.run(function* () {
      const { fcntl } = bindAll({ fcntl: 'int fcntl(int, int, int)' }, bindChecked);
      const near = fcntl(0, F_DUPFD, 3);
      const far = fcntl(0, F_DUPFD, 200);
      try {
        assert.ok(near >= 3 && far >= 200);
        const child = yield* createSubprocessExec('test', ['-e', `/proc/self/fd/${near}`], ALL);
        assert.equal(yield* child.wait(), 1);
        // The folder itself is the only one that is open beside the three.
        assert.equal(yield* output(yield* createSubprocessExec('ls', ['/proc/self/fd'], OUT)), '0\n1\n2\n3\n');
      } finally {
        closeSync(near);
        closeSync(far);
      }
    }),
  );

  test('drain tells at once that the child reads no more', () =>
    on.run(function* () {
      const child = yield* createSubprocessShell('exec <&-; echo closed; exec >&-; exec sleep 1000', {
        stdin: PIPE,
        stdout: PIPE,
      });
      yield* child.stdout!.read();
      child.stdin!.write(Buffer.from('x'));
      const error = (yield* thrown(child.stdin!.drain())) as OSError;
      // The second where the end was noticed before the write, as in asyncio.
      assert.ok(['EPIPE', 'ECONNRESET'].includes(error.code), String(error));
      child.kill();
      assert.equal(yield* child.wait(), -9);
    }));

  test('its pipes are pipes', () =>
    on.run(function* () {
      const child = yield* createSubprocessShell('for i in 0 1 2; do readlink /proc/$$/fd/$i; done', ALL);
      assert.match(yield* output(child), /^(pipe:\[\d+\]\n){3}$/);
    }));

  test("beside Node's own children: each hears of its own", () =>
    on.run(function* () {
      const ours = function* (i: number): Coroutine<number> {
        return yield* (yield* createSubprocessShell(`exit ${i}`)).wait();
      };
      const nodes = function* (i: number): Coroutine<number> {
        const [code] = yield* wrapFuture(once(nodeSpawn('sh', ['-c', `exit ${i}`]), 'exit'));
        return code as number;
      };
      const numbers = Array.from({ length: 20 }, (_, i) => i);
      const codes = yield* gather(numbers.flatMap((i) => [ours(i), nodes(i + 100)]));
      assert.deepEqual(
        codes,
        numbers.flatMap((i) => [i, i + 100]),
      );
    }));
});

onEachWay((on) => {
  for (const loop of ['stopped', 'closed']) {
    test(`Node goes on until the child has ended, also when its loop was ${loop}`, async () => {
      const program = startFixture('outlived.ts', [loop], on.environment);
      await program.printed(loop);
      const pid = Number(/pid (\d+)/.exec(program.stdout)![1]);
      process.kill(pid, 'SIGTERM');
      assert.match((await program.ended()).stdout, /the child is gone\n$/);
    });
  }
});
