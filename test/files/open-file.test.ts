import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  type AsyncFile,
  asyncFor,
  asyncWith,
  BREAK,
  CancelledError,
  type Coroutine,
  createTask,
  FileError,
  gather,
  OSError,
  openFile,
  RuntimeError,
  sleep,
  wrapFuture,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { onEachDriver } from '../net/drivers.ts';
import { awaiting } from '../support/collect-errors.ts';
import { filesIn, temporaryFolder } from '../support/temporary-folder.ts';
import { thrown } from '../support/thrown.ts';

const folder = temporaryFolder('files');
const fileWith = filesIn(folder);

/** Descriptors of this process on files of the folder. */
function openHere(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(folder) ? [target] : [];
    } catch {
      // The descriptor of the listing itself.
      return [];
    }
  });
}

const bytes = (text: string): Buffer => Buffer.from(text);

onEachDriver((on) => {
  test('reads pieces, the rest, and nothing behind the end', () =>
    on.run(function* () {
      const file = yield* openFile(fileWith('0123456789'));
      assert.equal(String(yield* file.read(3)), '012');
      assert.equal(file.tell(), 3);
      assert.equal(String(yield* file.read(0)), '');
      assert.equal(String(yield* file.read()), '3456789');
      assert.equal((yield* file.read(5)).length, 0);
      assert.equal((yield* file.read()).length, 0);
      yield* file.close();
      assert.deepEqual(openHere(), []);
    }));

  test('a large file, whole and in pieces of any size', () =>
    on.run(function* () {
      const data = randomBytes(20 * 1024 * 1024 + 1);
      const file = yield* openFile(pathToFileURL(fileWith(data)));
      assert.ok((yield* file.read()).equals(data));
      yield* file.seek(0);
      const pieces: Buffer[] = [];
      for (let size = 1; ; size = (size * 7) % 1_000_003) {
        const piece = yield* file.read(size);
        if (piece.length === 0) break;
        pieces.push(piece);
        if (pieces.length > 100) pieces.push(yield* file.read());
      }
      assert.ok(Buffer.concat(pieces).equals(data));
      yield* file.close();
    }));

  test('lines, short and long, with and without an end; leaving early keeps the rest', () =>
    on.run(function* () {
      const long = 'x'.repeat(200_000);
      const path = fileWith(`one\n\n${long}\nlast`);
      const lines: string[] = [];
      yield* asyncWith(yield* openFile(path), function* (file) {
        yield* asyncFor(file, function* (line) {
          lines.push(String(line));
          return lines.length === 2 ? BREAK : undefined;
        });
        assert.equal(file.tell(), 5);
        yield* asyncFor(file, function* (line) {
          lines.push(String(line));
        });
      });
      assert.deepEqual(lines, ['one\n', '\n', `${long}\n`, 'last']);
      assert.deepEqual(openHere(), []);
    }));

  test('writes at the position, mixed with reads and seeks', () =>
    on.run(function* () {
      const path = fileWith('0123456789');
      yield* asyncWith(yield* openFile(path, 'r+'), function* (file) {
        assert.equal(String(yield* file.read(2)), '01');
        yield* file.write(bytes('AB'));
        assert.equal(file.tell(), 4);
        assert.equal(String(yield* file.read(2)), '45');
        assert.equal(yield* file.seek(-2, 'end'), 8);
        yield* file.write(bytes('YZ!'));
        assert.equal(yield* file.seek(-3, 'current'), 8);
        assert.equal(String(yield* file.readLine()), 'YZ!');
        assert.ok((yield* thrown(file.seek(-1))) instanceof RangeError);
        yield* file.seek(4);
        yield* file.truncate();
        assert.equal((yield* file.stat()).size, 4);
        yield* file.truncate(6);
        yield* file.sync();
        assert.equal(file.tell(), 4);
      });
      assert.equal(readFileSync(path, 'latin1'), '01AB\0\0');
    }));

  test('flags: from scratch, appending, only if there is none; the mode of a new file', () =>
    on.run(function* () {
      const path = fileWith('old');
      yield* asyncWith(yield* openFile(path, 'w'), (file) => file.write(bytes('new')));
      yield* asyncWith(yield* openFile(path, 'a+'), function* (file) {
        yield* file.write(bytes('er'));
        assert.equal(file.tell(), 5);
        yield* file.seek(0);
        assert.equal(String(yield* file.read()), 'newer');
      });
      const error = yield* thrown(openFile(path, 'wx'));
      assert.ok(error instanceof FileError && error instanceof OSError);
      assert.deepEqual([error.code, error.path, error.syscall], ['EEXIST', path, 'open']);
      assert.equal(error.message, `open EEXIST ${path} (file already exists)`);
      const fresh = join(folder, `fresh-${on.io}`);
      yield* (yield* openFile(fresh, 'wx', { mode: 0o600 })).close();
      assert.equal(statSync(fresh).mode & 0o777, 0o600);
    }));

  test('errors of the system are FileErrors', () =>
    on.run(function* () {
      assert.equal(((yield* thrown(openFile(join(folder, 'none')))) as FileError).code, 'ENOENT');
      const readOnly = yield* openFile(fileWith('x'));
      assert.equal(((yield* thrown(readOnly.write(bytes('y')))) as FileError).code, 'EBADF');
      assert.equal(String(yield* readOnly.read()), 'x');
      yield* readOnly.close();
      const directory = yield* openFile(folder);
      assert.equal(((yield* thrown(directory.read())) as FileError).code, 'EISDIR');
      assert.equal(((yield* thrown(directory.readLine())) as FileError).code, 'EISDIR');
      yield* directory.close();
      assert.deepEqual(openHere(), []);
    }));

  test('several tasks come one after the other', () =>
    on.run(function* () {
      const path = join(folder, 'shared');
      const file = yield* openFile(path, 'w+');
      const line = (i: number): string => `${i} `.repeat(10_000);
      yield* gather(Array.from({ length: 20 }, (_, i) => file.write(bytes(`${line(i)}\n`))));
      assert.equal(readFileSync(path, 'utf8'), Array.from({ length: 20 }, (_, i) => `${line(i)}\n`).join(''));
      yield* file.seek(0);
      const lines = yield* gather(Array.from({ length: 20 }, () => file.readLine()));
      assert.deepEqual(
        lines.map(String),
        Array.from({ length: 20 }, (_, i) => `${line(i)}\n`),
      );
      yield* file.close();
    }));

  test('a cancelled read takes nothing, at whatever moment', () =>
    on.run(function* () {
      const data = randomBytes(300_000);
      const file = yield* openFile(fileWith(data));
      const pieces: Buffer[] = [];
      for (let hops = 0; pieces.length < 3; hops += 1) {
        const task = createTask(file.read(100_000));
        for (let i = 0; i < hops; i += 1) yield* sleep(0);
        if (task.cancel()) assert.ok((yield* thrown(awaiting(task))) instanceof CancelledError);
        else pieces.push(task.result());
        if (hops > 5) pieces.push(yield* file.read(100_000));
      }
      assert.ok(Buffer.concat(pieces).equals(data));
      yield* file.close();
    }));

  test('a cancelled write is not overtaken', () =>
    on.run(function* () {
      const path = join(folder, 'overtaken');
      const file = yield* openFile(path, 'w');
      const task = createTask(file.write(Buffer.alloc(1_000_000, 'a')));
      yield* sleep(0);
      task.cancel();
      assert.ok((yield* thrown(awaiting(task))) instanceof CancelledError);
      yield* file.write(bytes('b'));
      yield* file.close();
      assert.match(readFileSync(path, 'latin1'), /^a*b$/);
    }));

  test('a cancelled open or close leaves nothing open', async () => {
    const path = fileWith('x');
    await on.run(function* () {
      for (const hops of [0, 1, 2, 3]) {
        const task = createTask(openFile(path));
        for (let i = 0; i < hops; i += 1) yield* sleep(0);
        if (task.cancel()) assert.ok((yield* thrown(awaiting(task))) instanceof CancelledError);
        else yield* task.result().close();
      }
      const file = yield* openFile(path);
      const closing = createTask(file.close());
      yield* sleep(0);
      closing.cancel();
      assert.ok((yield* thrown(awaiting(closing))) instanceof CancelledError);
      yield* file.close();
      // Those of the cancelled ones go through the same thread pool, in order.
      while (openHere().length > 0) yield* wrapFuture(new Promise((resolve) => setImmediate(resolve)));
    });
    assert.deepEqual(openHere(), []);
  });

  test('a body that throws closes the file; a closed file refuses everything', () =>
    on.run(function* () {
      let kept: AsyncFile | undefined;
      const body = function* (file: AsyncFile): Coroutine<void> {
        kept = file;
        throw new RangeError('enough');
      };
      assert.ok((yield* thrown(asyncWith(yield* openFile(fileWith('x')), body))) instanceof RangeError);
      const file = kept!;
      assert.deepEqual(openHere(), []);
      assert.equal(file.closed, true);
      assert.equal(file.fd, -1);
      assert.match(String(file), / closed>$/);
      const uses = [
        () => file.read(),
        () => file.write(bytes('x')),
        () => file.seek(0),
        () => file.stat(),
        () => file.enter(),
      ];
      for (const use of uses) assert.ok((yield* thrown(use() as Coroutine<unknown>)) instanceof RuntimeError);
      yield* file.close();
    }));

  test('what has no positions: a pipe is read as it comes', () =>
    on.run(function* () {
      const path = join(folder, `fifo-${on.io}`);
      execFileSync('mkfifo', [path]);
      const [reader, writer] = yield* gather([openFile(path), openFile(path, 'w')]);
      yield* writer.write(bytes('one\ntwo\n'));
      assert.equal(String(yield* reader.readLine()), 'one\n');
      assert.equal(String(yield* reader.read(100)), 'two\n');
      const waiting = createTask(reader.read(100));
      yield* sleep(0);
      waiting.cancel();
      assert.ok((yield* thrown(awaiting(waiting))) instanceof CancelledError);
      yield* writer.write(bytes('three'));
      assert.equal(String(yield* reader.read(2)), 'th');
      yield* writer.close();
      assert.equal(String(yield* reader.read()), 'ree');
      assert.ok((yield* thrown(reader.seek(0))) instanceof RuntimeError);
      yield* reader.close();
    }));

  test('bad input', () =>
    on.run(function* () {
      assert.ok((yield* thrown(openFile(1 as never))) instanceof TypeError);
      assert.ok((yield* thrown(openFile('x', 'rw' as never))) instanceof RangeError);
      const file = yield* openFile(fileWith('x'));
      assert.throws(() => file.read(-2), RangeError);
      assert.throws(() => file.write('text' as never), /Buffer.from/);
      assert.throws(() => file.seek('1' as never), TypeError);
      assert.throws(() => file.seek(0, 'middle' as never), RangeError);
      assert.throws(() => file.truncate(-1), RangeError);
      yield* file.close();
    }));
});

test('virtual time has no files', () => {
  assert.throws(() => runVirtual(() => openFile('/etc/passwd')), /this event loop has no files/);
});
