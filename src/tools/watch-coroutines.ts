/**
 * Debug mode for every `function*` of a program: modules that are loaded from here on are rewritten (`rewrite.ts`), so
 * that a coroutine of theirs that is made and never awaited is reported. Loaded only for that.
 */
import nodeModule from 'node:module';
import type { CoroutineWatch } from '../core/coroutine-watch.ts';
import { CoroutineInspector } from './coroutine-inspector.ts';
import { MADE } from './rewrite.ts';
import { initialize, loadSync } from './rewrite-hook.ts';

/** Newer than the types of Node 20. */
interface WithHooks {
  registerHooks?: (hooks: { load: typeof loadSync }) => void;
}

/**
 * Call it after the hooks of all translators are registered: the last is asked first, and sees what the others make.
 * `folders`, as URLs, are those of the library. Without an inspector (some builds of Node, other runtimes) nothing is done.
 */
export async function watchCoroutines(watch: CoroutineWatch, folders: readonly string[]): Promise<void> {
  const inspector = await CoroutineInspector.start();
  if (inspector === undefined) return;
  Object.defineProperty(globalThis, MADE, { value: watch.made, configurable: true });
  watch.closing = (coroutine) => inspector.closing(coroutine);
  watchReturn(inspector);
  // What was put in moves the columns of what follows: the maps take them back.
  process.setSourceMapsEnabled(true);
  const { registerHooks } = nodeModule as WithHooks;
  if (registerHooks === undefined) {
    nodeModule.register('../tools/rewrite-hook.js', { parentURL: import.meta.url, data: folders });
  } else {
    initialize(folders);
    registerHooks({ load: loadSync });
  }
}

/** `coroutine.return()` closes one that has not begun without running any of its code. */
function watchReturn(inspector: CoroutineInspector): void {
  const prototype = Object.getPrototypeOf(Object.getPrototypeOf((function* () {})())) as Generator;
  const original = prototype.return;
  const value = {
    return(this: Generator, value?: unknown): IteratorResult<unknown, unknown> {
      inspector.closing(this);
      return original.call(this, value);
    },
  }.return;
  Object.defineProperty(prototype, 'return', { value, configurable: true, writable: true });
}
