/**
 * Watches a descriptor in Node's own event loop (libuv), without native code of ours.
 *
 * libuv's poll handle wants a C callback. A JavaScript function behind it (koffi can make one) is called outside of what
 * Node sets up around its own callbacks: when microtasks run differs from version to version, and a call that comes while
 * a worker thread is being torn down aborts the process. So the callback is a C function that does nothing,
 * `uv_is_active`: readiness merely ends libuv's wait. What then runs is an unreferenced immediate. Such a one does not keep
 * the loop from waiting, and is run by Node, properly, in the very iteration in which the wait ended, whatever ended it.
 *
 * For the same reason memory comes from `calloc` and goes by `free` as libuv's close callback: the garbage collector never
 * owns it, and JavaScript need not run for it to go.
 */
import { nodeThreads } from '../node/builtins.ts';
import { bindRaw, type Pointer, pinned } from './libc.ts';
import { FfiUnavailableError, loadFfi } from './load.ts';

const UV_POLL = 8;
const UV_READABLE = 1;
/** In `uv_handle_t`, whose layout is part of libuv 1's ABI, as indexes of 32-bit words. */
const TYPE_WORD = 4;
const FLAGS_WORD = 22;
const UV_HANDLE_REF = 0x8;
const UV_HANDLE_INTERNAL = 0x10;

interface Uv {
  readonly handleSize: number;
  readonly loop: Pointer;
  readonly nothing: Pointer;
  readonly free: Pointer;
  calloc(count: number, size: number): Pointer;
  init(loop: Pointer, handle: Pointer, fd: number): number;
  start(handle: Pointer, events: number, callback: Pointer): number;
  stop(handle: Pointer): number;
  close(handle: Pointer, callback: Pointer): void;
  ref(handle: Pointer): void;
  unref(handle: Pointer): void;
}

let uv: Uv | undefined;

/** Throws FfiUnavailableError where the runtime does not export libuv. */
function loadUv(): Uv {
  if (uv !== undefined) return uv;
  const library = loadFfi().load(null);
  try {
    uv = {
      handleSize: bindRaw('intptr uv_handle_size(int)')(UV_POLL),
      loop: eventLoop(),
      nothing: Number(library.symbol('uv_is_active')),
      free: Number(library.symbol('free')),
      calloc: bindRaw('intptr calloc(intptr, intptr)'),
      init: bindRaw('int uv_poll_init(intptr, intptr, int)'),
      start: bindRaw('int uv_poll_start(intptr, int, intptr)'),
      stop: bindRaw('int uv_poll_stop(intptr)'),
      close: bindRaw('void uv_close(intptr, intptr)'),
      ref: bindRaw('void uv_ref(intptr)'),
      unref: bindRaw('void uv_unref(intptr)'),
    };
  } catch (error) {
    if (error instanceof FfiUnavailableError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new FfiUnavailableError(`the runtime does not export libuv: ${reason}`, { cause: error });
  }
  return uv;
}

/** The loop of this thread: `uv_default_loop()` would be the main thread's. */
function eventLoop(): Pointer {
  const koffi = loadFfi();
  const result = pinned(8);
  const get = koffi.load(null).func('int napi_get_uv_event_loop(void *env, intptr loop)') as (
    env: typeof koffi.node.env,
    loop: Pointer,
  ) => number;
  const status = get(koffi.node.env, result.address);
  if (status !== 0) throw new FfiUnavailableError(`napi_get_uv_event_loop failed with status ${status}`);
  return Number(result.view.getBigUint64(0, true));
}

/** Undefined when `UvPoll` works in this runtime and thread, else the reason why not. */
export function uvPollUnavailable(): string | undefined {
  try {
    loadUv();
    return undefined;
  } catch (error) {
    if (error instanceof FfiUnavailableError) return error.message;
    throw error;
  }
}

/**
 * Calls `onReadable` once after each `start`, when `fd` is readable or, at the latest, whenever Node's loop comes round
 * for any other reason: look before you believe. Keeps the process alive while it watches, unless `unref`ed.
 *
 * ```ts
 * const watch = new UvPoll(driver.readyFd, turn);
 * if (driver.prepareSleep(undefined)) watch.start();
 * ```
 *
 * One watch a descriptor, and close it before the descriptor is closed. Throws FfiUnavailableError where there is no FFI or no libuv.
 */
export class UvPoll {
  private readonly uv: Uv;
  private readonly tick: () => void;
  /** 0 when closed. */
  private handle: Pointer;
  private watching = false;
  private immediate: NodeJS.Immediate | undefined = undefined;

  constructor(fd: number, onReadable: () => void) {
    this.uv = loadUv();
    this.tick = () => {
      this.immediate = undefined;
      onReadable();
    };
    this.handle = this.uv.calloc(1, this.uv.handleSize);
    if (this.handle === 0) throw new Error('out of memory');
    const result = this.uv.init(this.uv.loop, this.handle, fd);
    if (result < 0) {
      bindRaw('void free(intptr)')(this.handle);
      throw new Error(`uv_poll_init: ${result}`);
    }
    if (!nodeThreads().isMainThread) hideFromTeardown(this.handle, this.uv);
  }

  /** Watches `fd`, and asks for one call. After the first time this is cheap: libuv goes on watching until `stop`. */
  start(): void {
    if (this.handle === 0) throw new Error('the watch is closed');
    if (!this.watching) {
      const result = this.uv.start(this.handle, UV_READABLE, this.uv.nothing);
      if (result < 0) throw new Error(`uv_poll_start: ${result}`);
      this.watching = true;
    }
    this.immediate ??= setImmediate(this.tick).unref();
  }

  /** No longer watches and no longer keeps the process alive; a call that was asked for does not come. */
  stop(): void {
    if (this.immediate !== undefined) clearImmediate(this.immediate);
    this.immediate = undefined;
    if (!this.watching) return;
    this.uv.stop(this.handle);
    this.watching = false;
  }

  ref(): void {
    if (this.handle !== 0) this.uv.ref(this.handle);
  }

  unref(): void {
    if (this.handle !== 0) this.uv.unref(this.handle);
  }

  /** Stops for good. May be called twice. */
  close(): void {
    if (this.handle === 0) return;
    this.stop();
    this.uv.close(this.handle, this.uv.free);
    this.handle = 0;
  }
}

/**
 * A worker thread that is terminated runs no more JavaScript, so nobody closes the handle, and Node aborts the process
 * when it finds one in the loop that it takes down. Handles marked as libuv's own are passed over. The handle's memory
 * and the descriptors of a terminated worker stay until the process ends.
 */
function hideFromTeardown(handle: Pointer, uv: Uv): void {
  const words = new Uint32Array(loadFfi().view(BigInt(handle), uv.handleSize));
  if (words[TYPE_WORD] !== UV_POLL || words[FLAGS_WORD] !== UV_HANDLE_REF) {
    uv.close(handle, uv.free);
    throw new FfiUnavailableError('the layout of libuv handles is not the one known');
  }
  words[FLAGS_WORD] |= UV_HANDLE_INTERNAL;
}
