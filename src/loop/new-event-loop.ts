import { chooseDriver, watchDescriptor } from './at-first-use.ts';
import { EventLoop } from './event-loop.ts';
import { checkIoChoice, type IoChoice } from './io-choice.ts';
import { LoopNetwork } from './loop-network.ts';
import { NodeHost } from './node-host.ts';

export interface EventLoopOptions {
  /**
   * The driver for network I/O. Default: as the environment variable TSYNCIO_IO says, else `auto`, which is the first
   * of io_uring, epoll and node that works here, found out at the first use of the network.
   */
  readonly io?: IoChoice | undefined;
}

/**
 * A new event loop; `run` makes one by itself.
 *
 * Throws RangeError for an unknown `io`, RuntimeError when the driver that was asked for cannot work here.
 *
 * @example
 * await run(main, { loopFactory: () => newEventLoop({ io: 'epoll' }) });
 */
export function newEventLoop(options: EventLoopOptions = {}): EventLoop {
  const io = ioChoice(options);
  const host = new NodeHost();
  const loop = new EventLoop(host, (scheduler) => {
    return new LoopNetwork(scheduler, io, (driver) => {
      host.attach(driver, driver.readyFd === undefined ? undefined : watchDescriptor(driver.readyFd, host.ready));
    });
  });
  // Who asks for a driver by name wants to hear at once that it does not work.
  if (io !== 'auto') chooseDriver(io).driver.dispose();
  if (process.env.TSYNCIO_DEBUG !== undefined && process.env.TSYNCIO_DEBUG !== '0') loop.setDebug(true);
  return loop;
}

function ioChoice({ io }: EventLoopOptions): IoChoice {
  if (io !== undefined) {
    checkIoChoice(io, 'newEventLoop: io');
    return io;
  }
  const wanted = process.env.TSYNCIO_IO || 'auto';
  checkIoChoice(wanted, 'the environment variable TSYNCIO_IO');
  return wanted;
}
