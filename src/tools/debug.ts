/**
 * `node --import tsyncio/debug program.js`: debug mode for all loops of a program, and every coroutine of it watched. To
 * be loaded before the program, and after loaders that translate it. `TSYNCIO_DEBUG=0` turns it off.
 */
import { coroutineWatch } from '../core/coroutine-watch.ts';
import { watchCoroutines } from './watch-coroutines.ts';

process.env.TSYNCIO_DEBUG ??= '1';
if (process.env.TSYNCIO_DEBUG !== '0') await watchCoroutines(coroutineWatch, libraryFolders());

/** Of this copy, which lies in src/tools or, compiled, in dist/tools. */
function libraryFolders(): string[] {
  return [new URL('../../src/', import.meta.url).href, new URL('../../dist/', import.meta.url).href];
}
