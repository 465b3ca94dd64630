/** A member of the list of living tasks; the index belongs to the list, and is -1 outside of it. */
export interface TaskNode {
  listIndex: number;
  /** A task's; a number stands for the default one. */
  readonly _name?: string | number;
}

/** Shorter lists are not closed up: it would not pay. */
const CLOSE_UP_FROM = 64;

/**
 * The tasks that are not done, in the order in which they were made.
 *
 * An array with gaps, and not a chain through the tasks: to leave a chain is to write to both neighbours, which with many
 * tasks lie in memory that the processor has long forgotten.
 */
export class TaskList {
  #slots: (TaskNode | undefined)[] = [];
  size = 0;

  add(task: TaskNode): void {
    task.listIndex = this.#slots.length;
    this.#slots.push(task);
    this.size += 1;
  }

  /** No effect on one that is not in it. */
  remove(task: TaskNode): void {
    const index = task.listIndex;
    if (index < 0) return;
    task.listIndex = -1;
    this.size -= 1;
    const slots = this.#slots;
    if (index === slots.length - 1) {
      slots.pop();
      return;
    }
    slots[index] = undefined;
    if (slots.length > CLOSE_UP_FROM && this.size * 2 < slots.length) this.#closeUp();
  }

  /** A copy, so that tasks may begin and end while it is gone through. */
  list(): TaskNode[] {
    return this.#slots.filter((task) => task !== undefined);
  }

  /** Moves those who are left to the front. Each has cost at least one removal since the last time. */
  #closeUp(): void {
    const slots = this.#slots;
    let kept = 0;
    for (const task of slots) {
      if (task === undefined) continue;
      task.listIndex = kept;
      slots[kept] = task;
      kept += 1;
    }
    slots.length = kept;
  }
}
