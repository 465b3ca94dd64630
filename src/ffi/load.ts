/**
 * The one place that loads koffi, the foreign function interface. Lazily, so that a program on the node driver without TLS,
 * or on a platform without a prebuilt koffi, never touches it; once, so that the reason why not is found once.
 */
import { createRequire } from 'node:module';

export type Koffi = typeof import('koffi');

/** Why no C function can be called here; `message` is a reason to show to people. */
export class FfiUnavailableError extends Error {
  override readonly name = 'FfiUnavailableError';
}

let koffi: Koffi | undefined;
let failure: FfiUnavailableError | undefined;

/** koffi itself. Throws FfiUnavailableError when it cannot be loaded or the environment says `TSYNCIO_FFI=off`. */
export function loadFfi(): Koffi {
  if (koffi !== undefined) return koffi;
  if (failure !== undefined) throw failure;
  if (process.env.TSYNCIO_FFI === 'off') {
    failure = new FfiUnavailableError('switched off by the environment variable TSYNCIO_FFI=off');
    throw failure;
  }
  try {
    // Not `import`: that would be asynchronous or eager, and a missing prebuilt binary could not be caught.
    koffi = createRequire(import.meta.url)('koffi') as Koffi;
    return koffi;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    failure = new FfiUnavailableError(
      `koffi cannot be loaded on ${process.platform}-${process.arch} with Node ${process.version}: ${reason}`,
      { cause: error },
    );
    throw failure;
  }
}

/** Undefined when C functions can be called, else the reason why not. Never throws. */
export function ffiUnavailable(): string | undefined {
  try {
    loadFfi();
    return undefined;
  } catch (error) {
    if (error instanceof FfiUnavailableError) return error.message;
    throw error;
  }
}
