import type { DescriptorCalls } from '../io/descriptor-calls.ts';
import { DEV_NULL, type ProcessCalls } from '../io/process-calls.ts';
import { type Chosen, STDOUT } from './stdio.ts';

/** The descriptors that a child is to get, and our ends of the pipes among them. */
export class OwnStdio {
  /** What the child's descriptors 0, 1 and 2 become copies of. */
  readonly sources: [number, number, number] = [DEV_NULL, DEV_NULL, DEV_NULL];
  /** By the child's descriptors; they never wait, as drivers want it. */
  readonly ours = new Map<number, number>();
  /** The child's ends of the pipes. */
  readonly #theirs: number[] = [];
  readonly #calls: DescriptorCalls;
  readonly #processes: ProcessCalls;

  constructor(calls: DescriptorCalls, processes: ProcessCalls) {
    this.#calls = calls;
    this.#processes = processes;
  }

  /** 0 or `-errno`; close in either case. */
  open([stdin, stdout, stderr]: [Chosen, Chosen, Chosen | typeof STDOUT]): number {
    let result = this.#open(0, stdin);
    if (result >= 0) result = this.#open(1, stdout);
    if (result < 0) return result;
    if (stderr !== STDOUT) return this.#open(2, stderr);
    this.sources[2] = this.sources[1];
    return 0;
  }

  /** The child has its copies. */
  closeTheirs(): void {
    for (const fd of this.#theirs) this.#calls.close(fd);
  }

  closeOurs(): void {
    for (const fd of this.ours.values()) this.#calls.close(fd);
  }

  #open(target: 0 | 1 | 2, choice: Chosen): number {
    if (choice === 'ignore') return 0;
    if (choice === 'pipe') return this.#pipe(target);
    this.sources[target] = choice;
    // Programs expect to wait where they read and write; we, or whoever started us, may have set it otherwise. As in
    // Node, a descriptor that is none is told of by the start itself.
    this.#processes.setBlocking(choice);
    return 0;
  }

  #pipe(target: 0 | 1 | 2): number {
    const pair = this.#processes.pipe();
    if (typeof pair === 'number') return pair;
    const [reader, writer] = pair;
    const [ours, theirs] = target === 0 ? [writer, reader] : [reader, writer];
    this.ours.set(target, ours);
    this.#theirs.push(theirs);
    this.sources[target] = theirs;
    return this.#calls.setNonBlocking(ours);
  }
}
