/**
 * What goes over every stream of the soak: the client names a stretch and sends it, the server checks it and sends it
 * back as it comes, and behind it the digest of what it got.
 */
import assert from 'node:assert/strict';
import { asyncWith, type Coroutine, type StreamReader, type StreamWriter, sleep, TaskGroup } from 'tsyncio';
import type { Random } from '../differential/generate/random.ts';
import { EndedEarlyError } from './breakage.ts';
import { Checker, DIGEST_LENGTH, stretch } from './payload.ts';

export const HEADER_LENGTH = 12;
/** In bytes: more at once than a socket's buffers take, several times the water marks. */
const LONGEST = 2_000_000;
/** No reset on the way. */
const NEVER = 0xffff_ffff;

export interface Header {
  readonly offset: number;
  readonly length: number;
  /** Where the server is to break the connection off, in bytes received. */
  readonly resetAt: number;
}

export function randomHeader(random: Random, reset: boolean): Header {
  const offset = random.below(1_000_000);
  const length = randomLength(random);
  return { offset, length, resetAt: reset ? random.below(length + 1) : NEVER };
}

/** Small ones are as likely as large ones: each power of two has its share. */
export function randomLength(random: Random, longest: number = LONGEST): number {
  const bits = random.below(Math.ceil(Math.log2(longest)) + 1);
  return Math.min(longest, random.below(2 ** bits + 1));
}

export function encodeHeader({ offset, length, resetAt }: Header): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt32LE(offset, 0);
  header.writeUInt32LE(length, 4);
  header.writeUInt32LE(resetAt, 8);
  return header;
}

export function decodeHeader(data: Buffer): Header {
  return { offset: data.readUInt32LE(0), length: data.readUInt32LE(4), resetAt: data.readUInt32LE(8) };
}

/** The server's part, until the client leaves. */
export function* serveExchanges(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  for (;;) {
    const first = yield* reader.read(1);
    if (first.length === 0) break;
    const rest = yield* reader.readExactly(HEADER_LENGTH - 1);
    if (!(yield* answer(decodeHeader(Buffer.concat([first, rest])), reader, writer))) return;
  }
  writer.close();
  yield* writer.waitClosed();
}

function* answer(header: Header, reader: StreamReader, writer: StreamWriter): Coroutine<boolean> {
  const checker = new Checker(header.offset);
  for (;;) {
    if (checker.received >= header.resetAt) {
      writer.transport.abort();
      return false;
    }
    if (checker.received === header.length) break;
    const data = yield* reader.read(Math.min(65_536, header.length - checker.received));
    if (data.length === 0) throw new EndedEarlyError('the client left in the middle of a transfer');
    checker.take(data);
    writer.write(data);
    yield* writer.drain();
  }
  writer.write(checker.digest());
  yield* writer.drain();
  return true;
}

/** The client's part: one transfer there and back. Returns how many bytes went each way. */
export function* exchange(
  reader: StreamReader,
  writer: StreamWriter,
  random: Random,
  reset: boolean,
): Coroutine<number> {
  const header = randomHeader(random, reset);
  yield* asyncWith(new TaskGroup(), function* (group) {
    group.createTask(send(writer, header, random));
    yield* receive(reader, header, random);
  });
  return header.length;
}

function* send(writer: StreamWriter, header: Header, random: Random): Coroutine<void> {
  writer.write(encodeHeader(header));
  const most = random.pick([10, 1_000, 20_000, 200_000]);
  // Tiny pieces of a long transfer would take for ever.
  const least = Math.ceil(header.length / 2_000);
  for (let sent = 0; sent < header.length; ) {
    const data = stretch(header.offset + sent, Math.min(header.length - sent, least + random.below(most)));
    if (data.length === 0) continue;
    writer.write(data);
    sent += data.length;
    if (random.chance(0.7)) yield* writer.drain();
  }
  yield* writer.drain();
}

function* receive(reader: StreamReader, header: Header, random: Random): Coroutine<void> {
  const checker = new Checker(header.offset);
  const slow = random.chance(0.1);
  while (checker.received < header.length) {
    const left = header.length - checker.received;
    const most = Math.min(left, 1 + random.below(100_000));
    const data = random.chance(0.2) ? yield* reader.readExactly(most) : yield* reader.read(most);
    if (data.length === 0) throw new EndedEarlyError('the server left in the middle of a transfer');
    checker.take(data);
    if (slow) for (let turns = random.below(5); turns > 0; turns--) yield* sleep(0);
  }
  const digest = yield* reader.readExactly(DIGEST_LENGTH);
  assert.ok(digest.equals(checker.digest()), 'the digests differ');
}
