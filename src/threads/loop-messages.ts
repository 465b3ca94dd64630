import type { ErrorRecord } from './error-record.ts';

/** What a thread asks of a loop in another one. Without an id nobody waits for an answer. */
export type LoopRequest =
  | { readonly id?: number; readonly name: string; readonly args: readonly unknown[] }
  | { readonly cancel: number; readonly message: string | undefined };

export type LoopAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: ErrorRecord };

/** Functions of the loop's own thread, by name: functions themselves cannot be sent. */
export type LoopCalls = Readonly<Record<string, (...args: never[]) => unknown>>;
