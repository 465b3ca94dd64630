import { EventLoop } from './event-loop.ts';
import { NodeHost } from './node-host.ts';

/** A new event loop; `run` makes one by itself. */
export function newEventLoop(): EventLoop {
  const loop = new EventLoop(new NodeHost());
  if (process.env.TSYNCIO_DEBUG !== undefined && process.env.TSYNCIO_DEBUG !== '0') loop.setDebug(true);
  return loop;
}
