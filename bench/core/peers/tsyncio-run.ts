import { type Coroutine, run } from '../../../src/index.ts';
import { runVirtual } from '../../../src/testing/index.ts';
import type { Sample, Workload } from '../workload.ts';
import { useEverything } from './tsyncio-everything.ts';

/** On the real loop, or (`TSYNCIO_BENCH_CLOCK=virtual`) where no clock and no driver have a part in it. */
const virtual = process.env.TSYNCIO_BENCH_CLOCK === 'virtual';
/** `TSYNCIO_BENCH_MIXED=1`: in a process that has used everything else before. */
if (process.env.TSYNCIO_BENCH_MIXED === '1') runVirtual(useEverything);

export const workload = (body: (n: number) => Coroutine<Sample>): Workload =>
  virtual ? async (n) => runVirtual(body(n)) : (n) => run(body(n));
