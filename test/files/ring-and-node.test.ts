import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  asyncFor,
  asyncWith,
  CancelledError,
  type Coroutine,
  createTask,
  FileError,
  gather,
  getRunningLoop,
  newEventLoop,
  openFile,
  RuntimeError,
  run,
  sleep,
} from 'tsyncio';
import { onEachDriver } from '../net/drivers.ts';
import { awaiting } from '../support/collect-errors.ts';
import { assertNothingOpened, openDescriptors } from '../support/open-descriptors.ts';
import { filesIn, temporaryFolder } from '../support/temporary-folder.ts';
import { thrown } from '../support/thrown.ts';

const folder = temporaryFolder('ring-files');
const fileWith = filesIn(folder);

const bytes = (text: string): Buffer => Buffer.from(text);
const FAR = 5 * 2 ** 30 + 12_345;

onEachDriver((on) => {
  test('beyond 4 GiB: positions, seeks and sizes of a sparse file', () =>
    on.run(function* () {
      const path = fileWith('');
      yield* asyncWith(yield* openFile(path, 'w+'), function* (file) {
        yield* file.seek(FAR);
        yield* file.write(bytes('far away'));
        assert.equal(file.tell(), FAR + 8);
        yield* file.writeAt(FAR + 8, bytes(' and further'));
        assert.equal(String(yield* file.readAt(FAR, 8)), 'far away');
        yield* file.seek(-12, 'end');
        assert.equal(String(yield* file.read()), ' and further');
        assert.equal((yield* file.stat()).size, FAR + 20);
        yield* file.truncate(FAR + 3);
        assert.equal(String(yield* file.readAt(FAR, 100)), 'far');
        yield* file.truncate(0);
      });
      assert.equal(statSync(path).size, 0);
    }));

  test('readAt and writeAt leave the position alone; many readAt at once', () =>
    on.run(function* () {
      const data = randomBytes(1_000_000);
      const file = yield* openFile(fileWith(data), 'r+');
      assert.equal((yield* file.readAt(0, 0)).length, 0);
      const positions = Array.from({ length: 200 }, (_, i) => (i * 4999) % 999_000);
      const pieces = yield* gather(positions.map((position) => file.readAt(position, 3000)));
      pieces.forEach((piece, i) => {
        assert.ok(piece.equals(data.subarray(positions[i]!, positions[i]! + 3000)));
      });
      assert.equal(file.tell(), 0);
      assert.ok((yield* file.read(10)).equals(data.subarray(0, 10)));
      // What was read ahead is not what is in the file any more.
      yield* file.writeAt(10, bytes('changed'));
      assert.equal(file.tell(), 10);
      assert.equal(String(yield* file.read(7)), 'changed');
      assert.equal((yield* file.readAt(999_999, 50)).length, 1);
      assert.equal((yield* file.readAt(2_000_000, 50)).length, 0);
      yield* file.close();
      assert.ok((yield* thrown(file.readAt(0, 1))) instanceof RuntimeError);
    }));

  test('readInto fills memory of the caller, behind what was read ahead', () =>
    on.run(function* () {
      const data = randomBytes(3_000_000);
      const file = yield* openFile(fileWith(data));
      assert.ok((yield* file.read(5)).equals(data.subarray(0, 5)));
      const into = Buffer.alloc(2_999_000);
      assert.equal(yield* file.readInto(into), 2_999_000);
      assert.ok(into.equals(data.subarray(5, 2_999_005)));
      assert.equal(yield* file.readInto(into), 995);
      assert.equal(yield* file.readInto(into), 0);
      assert.throws(() => file.readInto('x' as never), TypeError);
      yield* file.close();
    }));

  test('a cancelled readInto writes nothing to memory that is the caller’s again', () =>
    on.run(function* () {
      const data = randomBytes(200_000);
      const file = yield* openFile(fileWith(data));
      const into = Buffer.alloc(100_000);
      const task = createTask(file.readInto(into));
      yield* sleep(0);
      assert.ok(task.cancel());
      assert.ok((yield* thrown(awaiting(task))) instanceof CancelledError);
      into.fill(7);
      assert.ok((yield* file.read()).equals(data));
      assert.ok(into.every((byte) => byte === 7));
      yield* file.close();
    }));

  test('a cancelled read of the whole of a long file takes nothing', () =>
    on.run(function* () {
      const data = randomBytes(40_000_000);
      const file = yield* openFile(fileWith(data));
      for (const hops of [0, 1, 2, 5, 20]) {
        const task = createTask(file.read());
        for (let i = 0; i < hops; i += 1) yield* sleep(0);
        assert.ok(task.cancel());
        assert.ok((yield* thrown(awaiting(task))) instanceof CancelledError);
        assert.equal(file.tell(), 0);
      }
      assert.ok((yield* file.read()).equals(data));
      yield* file.close();
    }));

  test('after a cancelled write tell() says how far it came', () =>
    on.run(function* () {
      const path = fileWith('');
      const file = yield* openFile(path, 'w');
      const data = randomBytes(30_000_000);
      for (const hops of [1, 2, 3, 8]) {
        const before = file.tell();
        const task = createTask(file.write(data));
        for (let i = 0; i < hops; i += 1) yield* sleep(0);
        if (task.cancel()) assert.ok((yield* thrown(awaiting(task))) instanceof CancelledError);
        const written = file.tell() - before;
        assert.ok(readFileSync(path).subarray(before).equals(data.subarray(0, written)));
      }
      yield* file.close();
    }));

  test('appending: each write goes to the end, whoever moved it', () =>
    on.run(function* () {
      const path = fileWith('one ');
      const file = yield* openFile(path, 'a+');
      yield* file.write(bytes('two '));
      assert.equal(file.tell(), 8);
      writeFileSync(path, 'other ', { flag: 'a' });
      yield* file.write(bytes('three'));
      assert.equal(file.tell(), 19);
      assert.equal(readFileSync(path, 'utf8'), 'one two other three');
      yield* file.seek(4);
      assert.equal(String(yield* file.read(3)), 'two');
      assert.ok((yield* thrown(file.writeAt(0, bytes('x')))) instanceof RuntimeError);
      yield* file.close();
    }));

  test('a file that grows, and one that shrinks, while it is read', () =>
    on.run(function* () {
      const path = fileWith('begin');
      const file = yield* openFile(path);
      writeFileSync(path, ' more', { flag: 'a' });
      assert.equal(String(yield* file.read()), 'begin more');
      writeFileSync(path, ' still', { flag: 'a' });
      assert.equal(String(yield* file.read()), ' still');
      const long = fileWith(Buffer.alloc(20_000_000, 'x'));
      const other = yield* openFile(long);
      truncateSync(long, 30);
      assert.equal((yield* other.read()).length, 30);
      yield* file.close();
      yield* other.close();
    }));

  test('stat is what Node’s is', () =>
    on.run(function* () {
      for (const path of [fileWith('12345'), folder, '/dev/null', '/proc/self/status']) {
        const file = yield* openFile(path);
        const stats = yield* file.stat();
        const expected = statSync(path);
        yield* file.close();
        for (const key of ['dev', 'ino', 'mode', 'nlink', 'uid', 'gid', 'rdev', 'size', 'blksize', 'blocks'] as const) {
          assert.equal(stats[key], expected[key], `${path} ${key}`);
        }
        if (path.startsWith('/proc')) continue;
        // In seconds and nanoseconds there, in a floating-point number of ms here.
        for (const key of ['mtimeMs', 'ctimeMs', 'birthtimeMs'] as const) {
          assert.ok(Math.abs(stats[key] - expected[key]) < 0.001, `${path} ${key}`);
        }
        assert.equal(stats.mtime.getTime(), expected.mtime.getTime());
        const kinds = ['isFile', 'isDirectory', 'isCharacterDevice', 'isFIFO', 'isSocket', 'isBlockDevice'] as const;
        for (const kind of kinds) assert.equal(stats[kind](), expected[kind](), `${path} ${kind}`);
      }
    }));

  test('files of /proc, whose size is told as 0', () =>
    on.run(function* () {
      const file = yield* openFile('/proc/self/status', 'r', { encoding: 'utf8' });
      const lines = yield* file.readLines();
      yield* file.close();
      assert.ok(lines.some((line) => line.startsWith('VmRSS:')));
      assert.ok(lines.length > 20);
      const maps = yield* openFile('/proc/self/maps');
      const all = String(yield* maps.read());
      yield* maps.close();
      assert.match(all, /\[stack\]/);
      const zero = yield* openFile('/dev/zero');
      assert.ok((yield* zero.read(10)).equals(Buffer.alloc(10)));
      yield* zero.close();
    }));

  test('text: characters, lines, positions in bytes', () =>
    on.run(function* () {
      const path = fileWith('');
      yield* asyncWith(yield* openFile(path, 'w', { encoding: 'utf8' }), function* (file) {
        yield* file.write('Käse\n');
        yield* file.writeLines(['𝄞 und ', 'Brot\r\n', 'Ende']);
      });
      assert.equal(readFileSync(path, 'utf8'), 'Käse\n𝄞 und Brot\r\nEnde');
      yield* asyncWith(yield* openFile(path, 'r+', { encoding: 'utf8' }), function* (file) {
        assert.equal(yield* file.read(2), 'Kä');
        assert.equal(file.tell(), 3);
        assert.equal(yield* file.read(0), '');
        assert.equal(yield* file.readLine(), 'se\n');
        assert.equal(yield* file.read(1), '𝄞');
        const lines: string[] = [];
        yield* asyncFor(file, function* (line) {
          lines.push(line);
        });
        assert.deepEqual(lines, [' und Brot\r\n', 'Ende']);
        assert.equal(yield* file.read(5), '');
        yield* file.seek(0);
        assert.deepEqual(yield* file.readLines(), ['Käse\n', '𝄞 und Brot\r\n', 'Ende']);
        assert.throws(() => file.write(bytes('x') as never), /opened without encoding/);
        assert.match(String(file), /^<TextFile utf8 .* fd=\d+>$/);
      });
      const latin = yield* openFile(path, 'w+', { encoding: 'latin1' });
      yield* latin.write('Käse');
      yield* latin.seek(0);
      assert.equal(yield* latin.read(2), 'Kä');
      yield* latin.close();
      assert.equal(statSync(path).size, 4);
    }));

  test('text: characters that lie across reads, and bytes that are none', () =>
    on.run(function* () {
      const text = '€'.repeat(100_000);
      const file = yield* openFile(fileWith(text), 'r', { encoding: 'utf8' });
      let read = '';
      for (;;) {
        const piece = yield* file.read(33_333);
        if (piece === '') break;
        assert.equal(piece.length, Math.min(33_333, 100_000 - read.length));
        read += piece;
      }
      assert.equal(read, text);
      yield* file.close();
      const wrong = yield* openFile(fileWith(Buffer.from([0x61, 0xe2, 0x82, 0x62, 0xff, 0xe2])), 'r', {
        encoding: 'utf8',
      });
      assert.equal(yield* wrong.read(1), 'a');
      assert.equal(yield* wrong.read(), '\ufffdb\ufffd\ufffd');
      yield* wrong.close();
    }));

  test('the same errors for the same mistakes', () =>
    on.run(function* () {
      const code = (error: Error): string =>
        error instanceof FileError ? `${error.syscall} ${error.code}` : error.name;
      const plain = fileWith('x');
      const codes: string[] = [];
      for (const [path, flags] of [
        [join(folder, 'none'), 'r'],
        [join(plain, 'below'), 'r'],
        [folder, 'w'],
        [join(folder, 'x'.repeat(300)), 'w'],
        [`/${'x/'.repeat(10_000)}`, 'r'],
        ['', 'r'],
        [plain, 'x'],
      ] as const) {
        codes.push(code(yield* thrown(openFile(path, flags))));
      }
      assert.deepEqual(codes, [
        'open ENOENT',
        'open ENOTDIR',
        'open EISDIR',
        'open ENAMETOOLONG',
        'open ENAMETOOLONG',
        'open ENOENT',
        'open EEXIST',
      ]);
      const directory = yield* openFile(folder);
      assert.equal(code(yield* thrown(directory.read(5))), 'read EISDIR');
      yield* directory.close();
      const reader = yield* openFile(plain);
      assert.equal(code(yield* thrown(reader.write(bytes('y')))), 'write EBADF');
      assert.equal(code(yield* thrown(reader.truncate(0))), 'ftruncate EINVAL');
      yield* reader.close();
      const full = yield* openFile('/dev/full', 'w');
      assert.equal(code(yield* thrown(full.write(bytes('y')))), 'write ENOSPC');
      assert.equal(code(yield* thrown(full.sync())), 'fsync EINVAL');
      yield* full.close();
      assert.ok((yield* thrown(openFile('a\0b'))) instanceof TypeError);
      assert.ok((yield* thrown(openFile(plain, 'r', { encoding: 'utf7' as 'utf8' }))) instanceof RangeError);
      assert.ok((yield* thrown(openFile(plain, 'w', { mode: 0o100000 }))) instanceof RangeError);
    }));

  test('a pipe: closing while a read waits, and a long write while nobody reads', () =>
    on.run(function* () {
      const path = join(folder, `pipe-${on.io}`);
      execFileSync('mkfifo', [path]);
      const opening = createTask(openFile(path));
      for (let i = 0; i < 30; i += 1) yield* sleep(0);
      assert.equal(opening.done(), false);
      const [reader, writer] = yield* gather([opening, openFile(path, 'w')]);
      const writing = createTask(writer.write(Buffer.alloc(500_000, 'w')));
      yield* sleep(0);
      let read = 0;
      while (read < 500_000) read += (yield* reader.read(70_000)).length;
      yield* writing;
      assert.equal(writer.tell(), 500_000);
      const waiting = createTask(reader.read(10));
      yield* sleep(0);
      const closing = createTask(reader.close());
      yield* sleep(0);
      // Node's thread pool cannot be called off: there the reader's end waits for the writer's.
      if (on.io !== 'io_uring') yield* writer.close();
      yield* closing;
      const outcome = on.io === 'io_uring' ? yield* thrown(awaiting(waiting)) : yield* waiting;
      if (on.io === 'io_uring') assert.ok(outcome instanceof RuntimeError);
      yield* writer.close();
    }));

  test('what is open or under way when the loop ends is closed', async () => {
    if (on.io !== 'io_uring') return;
    const path = fileWith(Buffer.alloc(5_000_000));
    const fifo = join(folder, 'never-opened');
    execFileSync('mkfifo', [fifo]);
    const before = openDescriptors();
    await run(
      function* () {
        const file = yield* openFile(path, 'r+');
        const refused = function* (): Coroutine<void> {
          assert.ok((yield* thrown(file.read())) instanceof RuntimeError);
        };
        createTask(refused());
        createTask(openFile(fifo));
        createTask(openFile(path));
        yield* sleep(0);
        yield* sleep(0);
        // Nobody waits for it.
        file.close().next();
      },
      { loopFactory: () => newEventLoop({ io: on.io }) },
    );
    assertNothingOpened(before);
    assert.deepEqual(
      openDescriptors().filter((one) => one.includes(folder)),
      [],
    );
  });

  test('a cancelled wait for the other end of a named pipe', () =>
    on.run(function* () {
      // Node's thread would wait on, and the process with it.
      if (on.io !== 'io_uring') return;
      const fifo = join(folder, 'lonely');
      execFileSync('mkfifo', [fifo]);
      for (const [hops, flags] of [
        [1, 'r'],
        [5, 'w'],
        [50, 'r'],
        [50, 'w'],
        [20, 'a'],
      ] as const) {
        const opening = createTask(openFile(fifo, flags));
        for (let i = 0; i < hops; i += 1) yield* sleep(0);
        opening.cancel();
        assert.ok((yield* thrown(awaiting(opening))) instanceof CancelledError);
        while (getRunningLoop().statistics.inFlight > 0) yield* sleep(0);
      }
    }));
});
