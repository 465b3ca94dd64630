/** A member of the list of living tasks; the index belongs to the list, and is -1 outside of it. */
export interface TaskNode {
  listIndex: number;
  /** A task's; a number stands for the default one. */
  readonly _name?: string | number;
}

/** Shorter lists are not closed up: it would not pay. */
const CLOSE_UP_FROM = 64;
/** When fewer than one slot in so many is in use: to move a task is to touch it. */
const CLOSE_UP_BELOW = 4;

/**
 * The tasks that are not done, in the order in which they were made.
 *
 * An array with gaps, and not a chain through the tasks: to leave a chain is to write to both neighbours, which with many
 * tasks lie in memory that the processor has long forgotten.
 */
export class TaskList {
  /** Used up to `#end`, and never cut: to shorten an array is a call into the engine. */
  #slots: (TaskNode | undefined)[] = [];
  #end = 0;
  size = 0;

  add(task: TaskNode): void {
    const end = this.#end;
    task.listIndex = end;
    this.#slots[end] = task;
    this.#end = end + 1;
    this.size += 1;
  }

  /** No effect on one that is not in it. */
  remove(task: TaskNode): void {
    const index = task.listIndex;
    if (index < 0) return;
    task.listIndex = -1;
    this.size -= 1;
    this.#slots[index] = undefined;
    if (index === this.#end - 1) this.#end = index;
    else if (this.#end > CLOSE_UP_FROM && this.size * CLOSE_UP_BELOW < this.#end) this.#closeUp();
  }

  /** A copy, so that tasks may begin and end while it is gone through. */
  list(): TaskNode[] {
    return this.#slots.slice(0, this.#end).filter((task) => task !== undefined);
  }

  /** Moves those who are left to the front. Each has cost at least one removal since the last time. */
  #closeUp(): void {
    const slots = this.#slots;
    let kept = 0;
    for (let index = 0; index < this.#end; index += 1) {
      const task = slots[index];
      if (task === undefined) continue;
      slots[index] = undefined;
      slots[kept] = task;
      task.listIndex = kept;
      kept += 1;
    }
    this.#end = kept;
  }
}
