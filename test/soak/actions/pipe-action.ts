import assert from 'node:assert/strict';
import { closeSync, constants, openSync } from 'node:fs';
import {
  BaseProtocol,
  type Coroutine,
  createTask,
  Event,
  Future,
  getRunningLoop,
  StreamReader,
  StreamReaderProtocol,
  type Task,
  type WriteTransport,
} from 'tsyncio';
import { runningScheduler } from '../../../src/core/scheduler.ts';
import type { Random } from '../../differential/generate/random.ts';
import { randomLength } from '../exchange.ts';
import { Checker, stretch } from '../payload.ts';
import type { World } from '../world.ts';
import type { Action } from './action.ts';

/** Writes a stretch, as much at a time as is taken. */
class Sink extends BaseProtocol {
  readonly lost = new Event();
  error: Error | undefined;
  resume: () => void = () => {};
  paused = false;
  override pauseWriting(): void {
    this.paused = true;
  }
  override resumeWriting(): void {
    this.paused = false;
    this.resume();
  }
  override connectionLost(error: Error | undefined): void {
    this.error = error;
    this.lost.set();
  }
}

/** A stretch through a fifo, whose other end is read in this process. */
export class PipeAction implements Action {
  readonly name = 'pipes';
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  *run(random: Random): Coroutine<number> {
    const path = yield* this.world.fifos.get();
    try {
      return yield* transfer(path, random);
    } finally {
      this.world.fifos.putNowait(path);
    }
  }
}

function* transfer(path: string, random: Random): Coroutine<number> {
  const loop = getRunningLoop();
  const offset = random.below(1_000_000);
  const length = randomLength(random);
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeFd = openSync(path, constants.O_WRONLY);
  let taken = false;
  const reader = new StreamReader();
  const protocol = new StreamReaderProtocol(runningScheduler(), reader);
  const sink = new Sink();
  let ends: { close(): void }[] = [];
  let sending: Task<void> | undefined;
  try {
    const [reading] = yield* loop.connectReadPipe(() => protocol, readFd);
    ends = [reading];
    taken = true;
    const [writing] = yield* loop.connectWritePipe(() => sink, writeFd);
    ends = [reading, { close: () => writing.abort() }];
    sending = createTask(send(writing, sink, offset, length));
    const checker = new Checker(offset);
    for (let data: Buffer; (data = yield* reader.read(1 + random.below(100_000))).length > 0; ) checker.take(data);
    assert.equal(checker.received, length);
    yield* sending;
    return length;
  } finally {
    sending?.cancel();
    for (const end of ends) end.close();
    // The next user of the path must not find these ends.
    yield* protocol.closed();
    if (taken) yield* sink.lost.wait();
    else closeSync(writeFd);
  }
}

function* send(transport: WriteTransport, sink: Sink, offset: number, length: number): Coroutine<void> {
  for (let sent = 0; sent < length; ) {
    const data = stretch(offset + sent, Math.min(10_000, length - sent));
    transport.write(data);
    sent += data.length;
    if (!sink.paused) continue;
    const room = new Future<void>();
    sink.resume = () => room.setResult();
    yield* room;
  }
  transport.close();
  yield* sink.lost.wait();
  assert.equal(sink.error, undefined);
}
