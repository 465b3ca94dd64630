import { IDLE, type Operation } from '../io/operation.ts';
import { Batches } from './batches.ts';
import type { Counters } from './counters.ts';

/**
 * Operations that are over and whose owners do not know yet: submit, cancel and flush may not call back, so what ends
 * there waits here for the next poll. The result waits in `operation.mark`, so that an end allocates nothing.
 */
export class Ends {
  private readonly operations = new Batches<Operation>();
  private readonly counters: Counters;

  constructor(counters: Counters) {
    this.counters = counters;
  }

  get empty(): boolean {
    return this.operations.empty;
  }

  push(operation: Operation, result: number): void {
    operation.mark = result;
    this.operations.add(operation);
  }

  /**
   * Delivers those that are there now, not those that callbacks add: an operation that always ends at once and is always
   * submitted anew must not hold the loop. When a callback throws, the rest stays for the next call.
   */
  deliver(finish: (operation: Operation, result: number) => void): void {
    this.drain(finish);
    if (this.operations.turn()) this.drain(finish);
  }

  private drain(finish: (operation: Operation, result: number) => void): void {
    for (;;) {
      const operation = this.operations.shift();
      if (operation === undefined) return;
      finish(operation, operation.mark);
    }
  }

  /** The final completion: from here on the operation is its owner's again. */
  conclude(operation: Operation, result: number): void {
    operation.state = IDLE;
    operation.slot = -1;
    this.counters.inFlight--;
    this.counters.completions++;
    operation.onEnd(result);
  }
}
