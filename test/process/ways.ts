/** Child processes are started in two ways, and loops have three drivers: suites that run with each. */
import { after, before, describe } from 'node:test';
import { type Coroutine, newEventLoop, run } from 'tsyncio';
import type { DriverName } from '../../src/io/driver.ts';
import { whyNot } from '../../src/loop/choose-driver.ts';
import { checkLeaks } from '../support/check-leaks.ts';

export class Way {
  readonly io: DriverName;
  /** By Node, or by ourselves. */
  readonly own: boolean;

  constructor(io: DriverName, own: boolean) {
    this.io = io;
    this.own = own;
  }

  /** Programs that the test starts are told by these. */
  get environment(): Record<string, string> {
    return { TSYNCIO_IO: this.io, TSYNCIO_SPAWN: this.own ? 'own' : 'node' };
  }

  run<T>(main: () => Coroutine<T>): Promise<T> {
    return run(main, { loopFactory: () => newEventLoop({ io: this.io }) });
  }
}

const WAYS = [
  new Way('io_uring', true),
  new Way('epoll', true),
  new Way('io_uring', false),
  new Way('epoll', false),
  new Way('node', false),
];

/** Runs the tests once for each way and driver, and looks afterwards whether anything was left behind. */
export function onEachWay(suite: (on: Way) => void, ways: readonly Way[] = WAYS): void {
  for (const way of ways) {
    describe(`${way.own ? 'our own' : "Node's"}, ${way.io}`, { skip: whyNot(way.io) }, () => {
      let outside: string | undefined;
      before(() => {
        outside = process.env.TSYNCIO_SPAWN;
        process.env.TSYNCIO_SPAWN = way.environment.TSYNCIO_SPAWN;
      });
      after(() => {
        if (outside === undefined) delete process.env.TSYNCIO_SPAWN;
        else process.env.TSYNCIO_SPAWN = outside;
      });
      checkLeaks();
      suite(way);
    });
  }
}

/** Only where we start them ourselves. */
export function onEachOwnWay(suite: (on: Way) => void): void {
  onEachWay(
    suite,
    WAYS.filter((way) => way.own),
  );
}
