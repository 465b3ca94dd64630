import type { Handle, TimerHandle } from './handle.ts';

/** What an exception handler is told. */
export interface ExceptionContext {
  /** What happened; begins as CPython's messages do. */
  message: string;
  exception?: unknown;
  future?: object;
  /** The task, or its name where the task itself is gone. */
  task?: object | string;
  handle?: Handle | TimerHandle;
  asyncGenerator?: object;
  transport?: object;
  protocol?: object;
  /** The stack where the future, task or handle was made (debug mode). */
  sourceTraceback?: string;
}
