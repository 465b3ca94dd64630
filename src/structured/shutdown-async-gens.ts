import type { Coroutine } from '../core/coroutine.ts';
import { CancelledError } from '../core/errors.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { gather } from './gather.ts';
import type { GeneratorCore } from './generator-core.ts';
import { closeStep } from './generator-step.ts';

/**
 * Closes all asynchronous generators that were started and have not ended, side by side. What their cleanup throws goes
 * to the exception handler.
 */
export function* shutdownAsyncGens(scheduler: Scheduler): Coroutine<void> {
  scheduler.generatorsShutDown = true;
  const open = [...scheduler.openGenerators] as GeneratorCore[];
  scheduler.openGenerators.clear();
  if (open.length === 0) return;
  const closing = open.map((core) => closeStep(core, core.handle?.deref() ?? core));
  const results: unknown[] = yield* gather(closing, { returnExceptions: true });
  for (const [i, exception] of results.entries()) {
    if (!(exception instanceof Error) || exception instanceof CancelledError) continue;
    const core = open[i]!;
    scheduler.report({
      message: `an error occurred during closing of asynchronous generator ${core}`,
      exception,
      asyncGenerator: core.handle?.deref() ?? core,
    });
  }
}
