import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  asyncFor,
  type Coroutine,
  createTask,
  IncompleteReadError,
  LimitOverrunError,
  RuntimeError,
  StreamReader,
  sleep,
} from 'tsyncio';
import { runVirtual } from 'tsyncio/testing';
import { checkLeaks } from '../support/check-leaks.ts';

checkLeaks();

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** A reader that gets these pieces, one a millisecond, then the end. */
function fed(pieces: readonly string[], limit?: number): StreamReader {
  const reader = new StreamReader({ limit });
  createTask(
    (function* () {
      for (const piece of pieces) {
        yield* sleep(1);
        reader.feedData(bytes(piece));
      }
      yield* sleep(1);
      reader.feedEof();
    })(),
  );
  return reader;
}

/** What a coroutine gives or throws, as text. */
function* outcome(coroutine: Coroutine<Buffer>): Coroutine<string> {
  try {
    return String(yield* coroutine);
  } catch (error) {
    return (error as Error).name;
  }
}

describe('reads', () => {
  test('give what is there, exactly so much, a line, all', () =>
    runVirtual(function* () {
      const reader = fed(['ab', 'cd\nef', '\n', 'gh', 'ij', 'rest of', ' it']);
      assert.equal(String(yield* reader.read(10)), 'ab');
      assert.equal(String(yield* reader.readLine()), 'cd\n');
      assert.equal(String(yield* reader.readLine()), 'ef\n');
      assert.equal(String(yield* reader.readExactly(3)), 'ghi');
      assert.equal(String(yield* reader.read(0)), '');
      assert.equal(String(yield* reader.read()), 'jrest of it');
      assert.equal(String(yield* reader.read()), '');
      assert.equal(reader.atEof(), true);
    }));

  test('do not suspend for what is there', () =>
    runVirtual(function* () {
      const reader = new StreamReader();
      reader.feedData(bytes('one\ntwo\nthree'));
      let others = 0;
      createTask(
        (function* () {
          others += 1;
        })(),
      );
      yield* reader.readLine();
      yield* reader.readUntil(bytes('o\n'));
      yield* reader.readExactly(2);
      yield* reader.read(5);
      assert.equal(others, 0);
      yield* sleep(0);
      assert.equal(others, 1);
    }));

  test('one piece asked for whole is handed over without a copy', () =>
    runVirtual(function* () {
      const reader = new StreamReader();
      const piece = bytes('piece');
      reader.feedData(piece);
      assert.equal(yield* reader.read(100), piece);
    }));

  test('short pieces are joined, a long one is given as it is', () =>
    runVirtual(function* () {
      const reader = new StreamReader();
      const long = Buffer.alloc(16 * 1024, 'l');
      for (const piece of [bytes('a'), bytes('b'), long, bytes('c')]) reader.feedData(piece);
      assert.equal(String(yield* reader.read(2)), 'ab');
      assert.equal(yield* reader.read(100_000), long);
      assert.equal(String(yield* reader.read(100_000)), 'c');
    }));

  test('by line with asyncFor, the last without an end', () =>
    runVirtual(function* () {
      const lines: string[] = [];
      yield* asyncFor(fed(['a\nb', '\n', '\nc']), function* (line) {
        lines.push(String(line));
      });
      assert.deepEqual(lines, ['a\n', 'b\n', '\n', 'c']);
    }));

  test('separators: across pieces, several, the one that ends first', () =>
    runVirtual(function* () {
      const reader = fed(['one\r', '\ntwo--th', 'ree\r\n--']);
      assert.equal(String(yield* reader.readUntil(bytes('\r\n'))), 'one\r\n');
      const both = [bytes('\r\n'), bytes('--')];
      assert.equal(String(yield* reader.readUntil(both)), 'two--');
      assert.equal(String(yield* reader.readUntil(both)), 'three\r\n');
      assert.equal(String(yield* reader.readUntil(both)), '--');
    }));

  test('the end before all has come', () =>
    runVirtual(function* () {
      const short = fed(['abc']);
      try {
        yield* short.readExactly(5);
        assert.fail();
      } catch (error) {
        assert.ok(error instanceof IncompleteReadError);
        assert.deepEqual([String(error.partial), error.expected, error.code], ['abc', 5, 'ERR_INCOMPLETE_READ']);
      }
      const open = fed(['abc']);
      try {
        yield* open.readUntil(bytes(';'));
        assert.fail();
      } catch (error) {
        assert.ok(error instanceof IncompleteReadError);
        assert.deepEqual([String(error.partial), error.expected], ['abc', undefined]);
      }
      assert.equal(String(yield* fed(['abc']).readLine()), 'abc');
    }));

  test('lines longer than the limit: the error says how far, readUntil keeps, readLine drops', () =>
    runVirtual(function* () {
      const kept = fed(['x'.repeat(20)], 10);
      try {
        yield* kept.readUntil();
        assert.fail();
      } catch (error) {
        assert.ok(error instanceof LimitOverrunError && error instanceof RangeError);
        assert.deepEqual([error.consumed, error.code], [20, 'ERR_LIMIT_OVERRUN']);
        assert.equal((yield* kept.readExactly(20)).length, 20);
      }
      const found = fed(['x'.repeat(11), '\nnext\n'], 10);
      yield* sleep(5);
      assert.equal(yield* outcome(found.readUntil()), 'LimitOverrunError');
      assert.equal(yield* outcome(found.readLine()), 'LimitOverrunError');
      assert.equal(yield* outcome(found.readLine()), 'next\n');
    }));

  test('a line that comes byte by byte is found', () =>
    runVirtual(function* () {
      const reader = new StreamReader({ limit: 200_000 });
      const line = createTask(reader.readLine());
      for (let i = 0; i < 100_000; i += 1) {
        reader.feedData(bytes(String(i % 10)));
        if (i % 100 === 0) yield* sleep(0);
      }
      reader.feedData(bytes('\nrest'));
      const found = yield* line;
      assert.equal(found.length, 100_001);
      for (let i = 0; i < 100_000; i += 999) assert.equal(found[i], 48 + (i % 10));
      assert.equal(String(yield* reader.read(10)), 'rest');
    }));

  test('any sequence of reads gives the bytes in order', () =>
    runVirtual(function* () {
      let state = 1;
      const random = (below: number): number => (state = (state * 48_271) % 0x7fffffff) % below;
      for (let round = 0; round < 200; round += 1) {
        const reader = new StreamReader();
        let sent = '';
        let got = '';
        for (let i = 0; i < 40; i += 1) {
          const piece = Array.from({ length: 1 + random(9) }, () => 'abc\n;'[random(5)]).join('');
          sent += piece;
          reader.feedData(bytes(piece));
          const there = sent.length - got.length;
          const kind = random(4);
          if (kind === 0) got += String(yield* reader.read(1 + random(12)));
          else if (kind === 1) got += String(yield* reader.readExactly(random(there + 1)));
          else if (kind === 2 && sent.indexOf('\n', got.length) >= 0) got += String(yield* reader.readLine());
          else if (kind === 3 && sent.indexOf(';\n', got.length) >= 0)
            got += String(yield* reader.readUntil([bytes(';\n'), bytes('\n\n\n')]));
          assert.ok(sent.startsWith(got));
        }
        reader.feedEof();
        assert.equal(got + String(yield* reader.read()), sent);
      }
    }));
});

describe('waiting', () => {
  test('a cancelled read takes nothing, whatever it waited for', () =>
    runVirtual(function* () {
      const kinds: ((reader: StreamReader) => Coroutine<Buffer>)[] = [
        (reader) => reader.read(4),
        (reader) => reader.read(),
        (reader) => reader.readExactly(4),
        (reader) => reader.readLine(),
        (reader) => reader.readUntil(bytes(';;')),
      ];
      for (const kind of kinds) {
        for (const when of ['before', 'waiting', 'woken']) {
          const reader = new StreamReader();
          const task = createTask(kind(reader));
          if (when !== 'before') yield* sleep(0);
          if (when === 'woken') reader.feedData(bytes('abcd\n;;'));
          task.cancel();
          yield* sleep(0);
          yield* sleep(0);
          assert.equal(task.cancelled(), true, when);
          if (when !== 'woken') reader.feedData(bytes('abcd\n;;'));
          assert.equal(String(yield* reader.readUntil(bytes(';;'))), 'abcd\n;;');
        }
      }
    }));

  test('two at a time: RuntimeError for the second', () =>
    runVirtual(function* () {
      const reader = new StreamReader();
      const first = createTask(reader.readLine());
      yield* sleep(0);
      try {
        yield* reader.read(1);
        assert.fail();
      } catch (error) {
        assert.ok(error instanceof RuntimeError);
        assert.match(error.message, /read\(\) called while another coroutine is already waiting/);
      }
      reader.feedData(bytes('x\n'));
      assert.equal(String(yield* first), 'x\n');
    }));

  test('an error is thrown at the one who waits, and at all who ask later', () =>
    runVirtual(function* () {
      const reader = new StreamReader();
      const task = createTask(outcome(reader.readExactly(3)));
      yield* sleep(0);
      reader.feedData(bytes('ab'));
      reader.setException(new TypeError('broken'));
      assert.equal(yield* task, 'TypeError');
      assert.equal(yield* outcome(reader.read(1)), 'TypeError');
    }));
});

test('bad arguments are refused at once, with what was expected', () =>
  runVirtual(function* () {
    const reader = new StreamReader();
    assert.throws(() => reader.read(-2), /RangeError: read: size must be an integer of at least 0, got -2/);
    assert.throws(() => reader.readExactly(-1), RangeError);
    assert.throws(() => reader.read(1.5), RangeError);
    assert.throws(() => reader.read('4' as never), TypeError);
    assert.throws(() => reader.readUntil('\n' as never), TypeError);
    assert.throws(() => reader.readUntil([]), RangeError);
    assert.throws(() => reader.readUntil(bytes('')), RangeError);
    assert.throws(() => reader.feedData('text' as never), TypeError);
    assert.throws(() => new StreamReader({ limit: 0 }), RangeError);
    reader.feedEof();
    assert.throws(() => reader.feedData(bytes('x')), RuntimeError);
    yield* sleep(0);
  }));
