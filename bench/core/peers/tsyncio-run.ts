import { type Coroutine, run } from '../../../src/index.ts';
import { runVirtual } from '../../../src/testing/index.ts';
import type { Sample, Workload } from '../workload.ts';

/** On the real loop, or (`TSYNCIO_BENCH_CLOCK=virtual`) where no clock and no driver have a part in it. */
const virtual = process.env.TSYNCIO_BENCH_CLOCK === 'virtual';

export const workload = (body: (n: number) => Coroutine<Sample>): Workload =>
  virtual ? async (n) => runVirtual(body(n)) : (n) => run(body(n));
