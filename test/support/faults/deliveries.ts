import type { Operation } from '../../../src/io/operation.ts';
import type { FaultPlan } from './plan.ts';

/** In polls. */
const LONGEST_DELAY = 4;

interface Event {
  /** The poll at which it may be delivered. */
  readonly due: number;
  readonly deliver: () => void;
}

/** Completions on their way to their owners: those of one operation keep their order, the operations do not. */
export class Deliveries {
  /** Everything that waits is due: the driver is being disposed of. */
  hurried = false;
  /** What comes is delivered at once: afterwards its descriptors are gone. */
  direct = false;
  readonly #plan: FaultPlan;
  /** How an operation's end is told. */
  readonly #conclude: (operation: Operation, result: number) => void;
  readonly #queues = new Map<Operation, Event[]>();
  #now = 0;

  constructor(plan: FaultPlan, conclude: (operation: Operation, result: number) => void) {
    this.#plan = plan;
    this.#conclude = conclude;
  }

  get empty(): boolean {
    return this.#queues.size === 0;
  }

  add(operation: Operation, deliver: () => void): void {
    if (this.direct) {
      deliver();
      return;
    }
    const { random, odds } = this.#plan;
    const delay = !this.hurried && random.chance(odds.delay) ? random.below(LONGEST_DELAY) : 0;
    const queue = this.#queues.get(operation);
    const event = { due: this.#now + delay, deliver };
    if (queue === undefined) this.#queues.set(operation, [event]);
    else queue.push(event);
  }

  end(operation: Operation, result: number): void {
    this.add(operation, () => this.#conclude(operation, result));
  }

  /** Delivers what is due. When an owner throws, what is left is for the next time. */
  run(): number {
    this.#now++;
    let count = 0;
    const { random, odds } = this.#plan;
    const turn = [...this.#queues];
    while (turn.length > 0) {
      const at = odds.delay > 0 && !this.hurried ? random.below(turn.length) : 0;
      const [[operation, queue]] = turn.splice(at, 1) as [[Operation, Event[]]];
      // What an owner adds by submitting anew comes in a later poll.
      for (let left = queue.length; left > 0 && (this.hurried || queue[0]!.due <= this.#now); left--) {
        const { deliver } = queue.shift()!;
        if (queue.length === 0) this.#queues.delete(operation);
        count++;
        deliver();
      }
    }
    return count;
  }
}
