import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import {
  asyncFor,
  asyncWith,
  CancelledError,
  type Coroutine,
  createSubprocessExec,
  createSubprocessShell,
  createTask,
  DEVNULL,
  gather,
  OSError,
  PIPE,
  type Process,
  SpawnError,
  STDOUT,
  startServer,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { awaiting } from '../support/collect-errors.ts';
import { thrown } from '../support/thrown.ts';
import { onEachWay } from './ways.ts';

/** True while there is such a process, also as a zombie. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const openFds = (): number => readdirSync('/proc/self/fd').length;

function* nothing(): Coroutine<void> {}

onEachWay((on) => {
  test('exit codes, and the negative number of a signal', () =>
    on.run(function* () {
      const child = yield* createSubprocessExec('sh', ['-c', 'read x; exit 7'], { stdin: PIPE });
      assert.equal(child.returncode, undefined);
      child.stdin!.close();
      assert.equal(yield* child.wait(), 7);
      assert.equal(child.returncode, 7);
      assert.equal(yield* child.wait(), 7);
      for (const [end, code] of [
        [(one: Process) => one.terminate(), -15],
        [(one: Process) => one.kill(), -9],
        [(one: Process) => one.sendSignal('SIGINT'), -2],
        [(one: Process) => one.sendSignal(1), -1],
      ] as const) {
        const sleeper = yield* createSubprocessExec('sleep', ['1000']);
        end(sleeper);
        assert.equal(yield* sleeper.wait(), code);
        const late = (() => {
          try {
            return sleeper.kill();
          } catch (error) {
            return error;
          }
        })();
        assert.ok(late instanceof OSError);
        assert.equal(late.code, 'ESRCH');
      }
    }));

  test('signals by number: 0 only asks, and those without a name arrive', () =>
    on.run(function* () {
      const script = 'sleep 1000 >&- & s=$!; trap "kill $s; exit 5" 40; echo ready; wait $s';
      const child = yield* createSubprocessShell(script, { stdout: PIPE });
      yield* child.stdout!.readLine();
      child.sendSignal(0);
      assert.equal(child.returncode, undefined);
      child.sendSignal(40);
      assert.equal(yield* child.wait(), 5);
      assert.throws(() => child.sendSignal(0), { code: 'ESRCH' });
      for (const none of [-1, 65, 1.5, Number.NaN]) assert.throws(() => child.sendSignal(none), RangeError);
    }));

  test('communicate sends, receives both outputs, and waits', () =>
    on.run(function* () {
      const child = yield* createSubprocessShell('cat; echo problem >&2; exit 3', {
        stdin: PIPE,
        stdout: PIPE,
        stderr: PIPE,
      });
      const [stdout, stderr] = yield* child.communicate(Buffer.from('a beer'));
      assert.deepEqual([String(stdout), String(stderr), child.returncode], ['a beer', 'problem\n', 3]);
      const silent = yield* createSubprocessExec('true', [], { stdout: DEVNULL });
      assert.deepEqual(yield* silent.communicate(), [undefined, undefined]);
      assert.ok((yield* thrown(silent.communicate(Buffer.from('x')))) instanceof TypeError);
    }));

  test('10 MiB through cat, with flow control both ways', () =>
    on.run(function* () {
      const data = randomBytes(10 * 1024 * 1024);
      const child = yield* createSubprocessExec('cat', [], { stdin: PIPE, stdout: PIPE });
      const { stdin, stdout } = child;
      let most = 0;
      const writing = createTask(
        (function* () {
          for (let i = 0; i < data.length; i += 50_000) {
            stdin!.write(data.subarray(i, i + 50_000));
            most = Math.max(most, stdin!.transport.getWriteBufferSize());
            yield* stdin!.drain();
          }
          stdin!.close();
          yield* stdin!.waitClosed();
        })(),
      );
      // Nobody reads: everything in between fills up, and the writer has to wait.
      const head = yield* stdout!.readExactly(1_000_000);
      assert.equal(writing.done(), false);
      const rest = yield* stdout!.read();
      yield* writing;
      assert.ok(Buffer.concat([head, rest]).equals(data));
      assert.ok(most <= 64 * 1024 + 50_000, `${most} bytes were buffered`);
      assert.equal(yield* child.wait(), 0);
    }));

  test('10 MiB with communicate', () =>
    on.run(function* () {
      const data = randomBytes(10 * 1024 * 1024);
      const child = yield* createSubprocessExec('cat', [], { stdin: PIPE, stdout: PIPE });
      const [back] = yield* child.communicate(data);
      assert.ok(back!.equals(data));
    }));

  test('a child that closes its stdin early: communicate goes on, a writer gets EPIPE', () =>
    on.run(function* () {
      const data = Buffer.alloc(1024 * 1024);
      const child = yield* createSubprocessShell('exec <&-; echo done', { stdin: PIPE, stdout: PIPE });
      const [stdout] = yield* child.communicate(data);
      assert.deepEqual([String(stdout), child.returncode], ['done\n', 0]);

      const other = yield* createSubprocessShell('read x; exec <&-; read y', { stdin: PIPE });
      // Longer than what lies between: the rest still waits when the reader goes.
      other.stdin!.write(Buffer.from('x\n'));
      other.stdin!.write(data);
      const error = yield* thrown(other.stdin!.drain());
      assert.equal((error as OSError).code, 'EPIPE');
      assert.ok(error instanceof OSError);
      assert.equal((yield* thrown(other.stdin!.waitClosed())) as OSError, error);
      yield* other.wait();
    }));

  test('lines of output, one after the other', () =>
    on.run(function* () {
      const child = yield* createSubprocessShell('for i in 1 2 3; do echo line $i; done', { stdout: PIPE });
      const lines: string[] = [];
      yield* asyncFor(child.stdout!, function* (line) {
        lines.push(String(line));
      });
      assert.deepEqual(lines, ['line 1\n', 'line 2\n', 'line 3\n']);
      yield* child.wait();
    }));

  test('stderr goes where stdout goes, in order', () =>
    on.run(function* () {
      const script = 'echo 1; echo 2 >&2; echo 3';
      for (const child of [
        yield* createSubprocessExec('sh', ['-c', script], { stdout: PIPE, stderr: STDOUT }),
        yield* createSubprocessShell(script, { stdout: PIPE, stderr: STDOUT }),
      ]) {
        assert.equal(child.stderr, undefined);
        assert.equal(String((yield* child.communicate())[0]), '1\n2\n3\n');
      }
      const missing = yield* thrown(createSubprocessExec('no-such-program', [], { stdout: PIPE, stderr: STDOUT }));
      assert.equal((missing as SpawnError).code, 'ENOENT');
      const folder = yield* thrown(createSubprocessExec('/etc/passwd', [], { stdout: PIPE, stderr: STDOUT }));
      assert.equal((folder as SpawnError).code, 'EACCES');
    }));

  test('what cannot be started is a SpawnError, and leaves no descriptor', () =>
    on.run(function* () {
      yield* thrown(createSubprocessExec('no-such-program'));
      const before = openFds();
      for (let i = 0; i < 10; i += 1) {
        const error = yield* thrown(
          createSubprocessExec('no-such-program', [], { stdin: PIPE, stdout: PIPE, stderr: PIPE }),
        );
        assert.ok(error instanceof SpawnError);
        assert.equal(error.message, 'spawn no-such-program ENOENT (no such file or directory)');
        assert.deepEqual([error.code, error.errno, error.path], ['ENOENT', -2, 'no-such-program']);
      }
      assert.equal(openFds(), before);
      assert.equal(((yield* thrown(createSubprocessExec('/etc/passwd'))) as SpawnError).code, 'EACCES');
      assert.equal(
        ((yield* thrown(createSubprocessExec('true', [], { cwd: '/no/such' }))) as SpawnError).code,
        'ENOENT',
      );
    }));

  test('options: cwd, env, argv0; arguments are passed as they are, quoting is left to the shell', () =>
    on.run(function* () {
      const output = function* (child: Process): Coroutine<string> {
        return String((yield* child.communicate())[0]);
      };
      const options = { stdout: PIPE } as const;
      assert.equal(yield* output(yield* createSubprocessExec('pwd', [], { ...options, cwd: '/' })), '/\n');
      assert.equal(
        yield* output(yield* createSubprocessExec('/usr/bin/env', [], { ...options, env: { A: '1' } })),
        'A=1\n',
      );
      assert.equal(
        yield* output(yield* createSubprocessExec('sh', ['-c', 'echo $0'], { ...options, argv0: 'bar' })),
        'bar\n',
      );
      const tricky = 'a "b" $HOME; echo c';
      assert.equal(yield* output(yield* createSubprocessExec('printf', ['%s', tricky], options)), tricky);
      assert.equal(yield* output(yield* createSubprocessShell('X="a  b"; echo "$X" | tr a-z A-Z', options)), 'A  B\n');
    }));

  test('50 children at once leave no zombie and no descriptor', () =>
    on.run(function* () {
      const first = yield* createSubprocessExec('true', [], { stdin: PIPE, stdout: PIPE, stderr: PIPE });
      yield* first.communicate();
      const before = openFds();
      const all = yield* gather(
        Array.from({ length: 50 }, (_, i) =>
          (function* () {
            const child = yield* createSubprocessExec('cat', [], { stdin: PIPE, stdout: PIPE, stderr: PIPE });
            const [stdout] = yield* child.communicate(Buffer.from(`customer ${i}`));
            return { pid: child.pid, text: String(stdout) };
          })(),
        ),
      );
      assert.deepEqual(
        all.map(({ text }) => text),
        all.map((_, i) => `customer ${i}`),
      );
      assert.deepEqual(
        all.filter(({ pid }) => exists(pid)),
        [],
      );
      assert.ok(openFds() <= before);
    }));

  test('our sockets are not passed on', () =>
    on.run(function* () {
      const list = function* (): Coroutine<string> {
        const child = yield* createSubprocessShell('ls -l /proc/self/fd | grep -c socket:', {
          stdin: DEVNULL,
          stdout: PIPE,
          stderr: DEVNULL,
        });
        return String((yield* child.communicate())[0]);
      };
      const before = yield* list();
      const server = yield* startServer(() => {}, { host: '127.0.0.1', port: 0 });
      assert.equal(yield* list(), before);
      server.close();
      yield* server.waitClosed();
    }));

  test('a cancelled wait or communicate leaves the child running', () =>
    on.run(function* () {
      const child = yield* createSubprocessExec('sleep', ['1000'], { stdin: PIPE, stdout: PIPE });
      for (const coroutine of [child.wait(), child.communicate()]) {
        const task = createTask(coroutine as Coroutine<unknown>);
        // Asked in the turn after its first step.
        yield* createTask(nothing());
        task.cancel();
        assert.ok((yield* thrown(awaiting(task))) instanceof CancelledError);
        assert.equal(child.returncode, undefined);
        assert.ok(exists(child.pid));
      }
      child.kill();
      assert.equal(yield* child.wait(), -9);
    }));

  test('asyncWith: waits and reads the rest away; kills when the body throws or is cancelled', () =>
    on.run(function* () {
      const chatty = yield* createSubprocessShell('cat; head -c 1000000 /dev/zero', { stdin: PIPE, stdout: PIPE });
      yield* asyncWith(chatty, nothing);
      assert.equal(chatty.returncode, 0);

      const failing = yield* createSubprocessExec('sleep', ['1000'], { stdout: PIPE });
      const body = function* (): Coroutine<void> {
        throw new RangeError('enough');
      };
      assert.ok((yield* thrown(asyncWith(failing, body))) instanceof RangeError);
      assert.equal(failing.returncode, -9);

      const left = yield* createSubprocessExec('sleep', ['1000']);
      const task = createTask(asyncWith(left, (one) => one.wait()));
      yield* createTask(nothing());
      task.cancel();
      assert.ok((yield* thrown(awaiting(task))) instanceof CancelledError);
      assert.equal(left.returncode, -9);
      assert.equal(exists(left.pid), false);
    }));

  test('a cancel while it starts kills it; the end of run kills what is left', async () => {
    const pids: number[] = [];
    await on.run(function* () {
      const task = createTask(createSubprocessExec('sleep', ['1000']));
      yield* createTask(nothing());
      task.cancel();
      assert.ok((yield* thrown(awaiting(task))) instanceof CancelledError);
      pids.push((yield* createSubprocessExec('sleep', ['1000'])).pid);
      pids.push((yield* createSubprocessExec('sleep', ['1000'], { stdin: PIPE, stdout: PIPE })).pid);
    });
    assert.equal(pids.length, 2);
    assert.deepEqual(pids.filter(exists), []);
  });

  test('bad input', () =>
    on.run(function* () {
      const bad: (() => Coroutine<unknown>)[] = [
        () => createSubprocessExec(1 as never),
        () => createSubprocessExec('true', 'x' as never),
        () => createSubprocessExec('true', [1] as never),
        () => createSubprocessShell(['true'] as never),
        () => createSubprocessExec('true', [], { stdin: 'beer' as never }),
        () => createSubprocessExec('true', [], { limit: '1' as never }),
      ];
      for (const make of bad) assert.ok((yield* thrown(make())) instanceof TypeError, String(make));
      assert.ok((yield* thrown(createSubprocessExec('true', [], { limit: 0 }))) instanceof RangeError);
      const child = yield* createSubprocessExec('true', []);
      assert.throws(() => child.sendSignal('SIGBEER' as never), RangeError);
      yield* child.wait();
      assert.match(String(child), /^<Process pid=\d+ returncode=0>$/);
    }));

  test('virtual time has no processes', () => {
    assert.throws(() => runVirtual(() => createSubprocessExec('true')), /this event loop has no processes/);
  });
});
