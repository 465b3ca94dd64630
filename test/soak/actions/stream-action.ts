import { type Coroutine, createTask, sleep } from 'tsyncio';
import type { Random } from '../../differential/generate/random.ts';
import { unlessBroken } from '../breakage.ts';
import { exchange } from '../exchange.ts';
import type { StreamService, Streams } from '../services.ts';
import type { Action } from './action.ts';

/** In transfers over one connection. */
const MOST_TRANSFERS = 4;
/** In turns of the loop until a connection is broken off. */
const LATEST_ABORT = 300;

/** Connects, makes some transfers, leaves in one of several ways. */
export class StreamAction implements Action {
  readonly name: string;
  readonly service: StreamService;

  constructor(service: StreamService) {
    this.name = service.name;
    this.service = service;
  }

  *run(random: Random, rough: boolean): Coroutine<number> {
    const streams = yield* this.service.connect();
    const [, { transport }] = streams;
    const breaking =
      rough && random.chance(0.3) ? createTask(abortLater(streams, random.below(LATEST_ABORT))) : undefined;
    let bytes = 0;
    let whole = false;
    try {
      for (let left = 1 + random.below(MOST_TRANSFERS); left > 0; left--) {
        bytes += yield* exchange(...streams, random, rough && random.chance(0.2));
      }
      whole = true;
    } finally {
      breaking?.cancel();
      // With unsent data a close would wait until the server reads, which waits until we do.
      const idle = transport.getWriteBufferSize() === 0;
      if (whole || (idle && random.chance(0.5))) transport.close();
      else transport.abort();
      const closed = streams[1].waitClosed();
      if (whole && !rough) yield* closed;
      else yield* unlessBroken(closed);
    }
    return bytes;
  }
}

function* abortLater([, writer]: Streams, turns: number): Coroutine<void> {
  for (; turns > 0; turns--) yield* sleep(0);
  writer.transport.abort();
}
