/**
 * OpenSSL as Node has it inside: its binary exports the functions for addons. Objects are Node's own, known by their
 * addresses; memory goes in as addresses too, as in `libc.ts`.
 *
 * koffi calls C functions on a stack of its own, on which no JavaScript can run. So nothing may be called here that would
 * call back into Node: an SSL whose callbacks are Node's has to be rid of them first.
 */
import { bindRaw, type Pointer, pinned } from './libc.ts';
import { FfiUnavailableError, loadFfi } from './load.ts';
import { highWord, lowWord } from './memory.ts';
import { unfitRuntime } from './runtime.ts';

/** Results of SSL_want. */
export const SSL_READING = 3;
/** Results of SSL_get_error. */
export const SSL_ERROR_ZERO_RETURN = 6;
export const TLS1_3_VERSION = 0x0304;
/** OpenSSL_version of this gives `'3.0.19'`. */
const OPENSSL_VERSION_STRING = 6;
const SSL_CTRL_SET_MSG_CALLBACK_ARG = 16;
const BIO_CTRL_PENDING = 10;
const BIO_C_SET_BUF_MEM = 114;
const BIO_NOCLOSE = 0;

type MessageCallback = (ssl: Pointer, argument: number) => void;
type SessionCallback = (ssl: Pointer, session: Pointer) => void;

export interface OpenSslError {
  readonly text: string;
  /** `'bad record mac'` */
  readonly reason: string;
}

export interface OpenSsl {
  /** Of what is decrypted, at most `room` bytes; 0 or less: `want` and `getError` tell why. */
  read(ssl: Pointer, into: Pointer, room: number): number;
  write(ssl: Pointer, data: Pointer, length: number): number;
  /** Says goodbye (close_notify). */
  shutdown(ssl: Pointer): number;
  /** Of the last call, which gave `result`. Errors from before it are taken for its own: see `forgetErrors`. */
  getError(ssl: Pointer, result: number): number;
  want(ssl: Pointer): number;
  /** 1: there are bytes in it, decrypted or not. */
  hasPending(ssl: Pointer): number;
  version(ssl: Pointer): number;
  /** One more owner, who is to `free` it. */
  upRef(ssl: Pointer): number;
  free(ssl: Pointer): void;
  setInfoCallback(ssl: Pointer, callback: Pointer): void;
  setMessageCallback(ssl: Pointer, callback: Pointer): void;
  getReadBio(ssl: Pointer): Pointer;
  getWriteBio(ssl: Pointer): Pointer;
  /** Gives up one reference to each of the two that it had, and takes over one to each of these. */
  setBio(ssl: Pointer, read: Pointer, write: Pointer): void;
  bioUpRef(bio: Pointer): number;
  bioPending(bio: Pointer): number;
  newMemoryBio(): MemoryBio;
  /** Each SSL that is made of the context from now on calls back for its messages; 0: none does. */
  setContextMessageCallback(context: Pointer, callback: Pointer, argument: number): void;
  getNewSessionCallback(context: Pointer): Pointer;
  setNewSessionCallback(context: Pointer, callback: Pointer): void;
  /** With 0 for `into` only the length. `into` is the address of an address, which moves on. */
  serialiseSession(session: Pointer, into: Pointer): number;
  forgetErrors(): void;
  /** The earliest since `forgetErrors`: later ones only say what came of it. */
  firstError(): OpenSslError;
  /** To be given to `setContextMessageCallback`. */
  messageCallback(call: MessageCallback): Pointer;
  /** To be given to `setNewSessionCallback`. */
  newSessionCallback(call: SessionCallback): Pointer;
}

/** OpenSSL's BUF_MEM: length, data, room and flags of 8 bytes each, as indexes of 32-bit words. */
const BUF_MEM_LENGTH = 32;
const LENGTH_WORD = 0;
const DATA_WORD = 2;
const ROOM_WORD = 4;

/** A BIO over memory of ours: what is read from it lies there, what is written to it goes there. */
export class MemoryBio {
  readonly bio: Pointer;
  readonly #control: (bio: Pointer, command: number, number: number, pointer: Pointer) => number;
  readonly #memory = pinned(BUF_MEM_LENGTH);
  readonly #words = new Int32Array(this.#memory.bytes.buffer);

  constructor(bio: Pointer, control: (...values: number[]) => number) {
    this.bio = bio;
    this.#control = control;
  }

  /** From here on it is this memory, with `length` bytes to be read. More than `room` must never be in it: that is not checked. */
  use(address: Pointer, length: number, room: number): void {
    const words = this.#words;
    words[LENGTH_WORD] = length;
    words[DATA_WORD] = lowWord(address);
    words[DATA_WORD + 1] = highWord(address);
    words[ROOM_WORD] = room;
    this.#control(this.bio, BIO_C_SET_BUF_MEM, BIO_NOCLOSE, this.#memory.address);
  }

  /** In bytes: what was written. */
  get written(): number {
    return this.#words[LENGTH_WORD]!;
  }
}

let found: OpenSsl | string | undefined;

/** Undefined where OpenSSL cannot be called as Node itself calls it. */
export function openSsl(): OpenSsl | undefined {
  found ??= load();
  return typeof found === 'string' ? undefined : found;
}

function load(): OpenSsl | string {
  const unfit = unfitRuntime();
  if (unfit !== undefined) return unfit;
  if (process.env.TSYNCIO_TLS === 'node') return 'switched off by the environment variable TSYNCIO_TLS=node';
  if (process.platform !== 'linux') return `it was never tried on ${process.platform}`;
  try {
    // Another copy of the library in the process, with objects of another layout, would be found by the same names.
    const version = (text('const char *OpenSSL_version(int)') as (what: number) => string)(OPENSSL_VERSION_STRING);
    if (!/^[3-9]\./.test(version)) return `OpenSSL “${version}” is not one that is known`;
    if (!process.versions.openssl?.startsWith(version)) return `OpenSSL ${version} is not Node’s`;
    return { ...connections(), ...bios(), ...contexts(), ...callbacks(), ...errors() };
  } catch (error) {
    if (error instanceof FfiUnavailableError) return error.message;
    return `the runtime does not export OpenSSL: ${(error as Error).message}`;
  }
}

function connections() {
  return {
    read: bindRaw('int SSL_read(intptr, intptr, int)'),
    write: bindRaw('int SSL_write(intptr, intptr, int)'),
    shutdown: bindRaw('int SSL_shutdown(intptr)'),
    getError: bindRaw('int SSL_get_error(intptr, int)'),
    want: bindRaw('int SSL_want(intptr)'),
    hasPending: bindRaw('int SSL_has_pending(intptr)'),
    version: bindRaw('int SSL_version(intptr)'),
    upRef: bindRaw('int SSL_up_ref(intptr)'),
    free: bindRaw('void SSL_free(intptr)'),
    setInfoCallback: bindRaw('void SSL_set_info_callback(intptr, intptr)'),
    setMessageCallback: bindRaw('void SSL_set_msg_callback(intptr, intptr)'),
    getReadBio: bindRaw('intptr SSL_get_rbio(intptr)'),
    getWriteBio: bindRaw('intptr SSL_get_wbio(intptr)'),
    setBio: bindRaw('void SSL_set_bio(intptr, intptr, intptr)'),
  };
}

function bios() {
  const control = bindRaw('intptr BIO_ctrl(intptr, int, intptr, intptr)');
  const make = bindRaw('intptr BIO_new(intptr)');
  const memory = bindRaw('intptr BIO_s_mem()')();
  return {
    bioUpRef: bindRaw('int BIO_up_ref(intptr)'),
    bioPending: (bio: Pointer): number => control(bio, BIO_CTRL_PENDING, 0, 0),
    newMemoryBio: (): MemoryBio => {
      const bio = make(memory);
      if (bio === 0) throw new Error('out of memory');
      return new MemoryBio(bio, control);
    },
  };
}

function contexts() {
  const control = bindRaw('intptr SSL_CTX_ctrl(intptr, int, intptr, intptr)');
  const setCallback = bindRaw('void SSL_CTX_set_msg_callback(intptr, intptr)');
  return {
    setContextMessageCallback: (context: Pointer, callback: Pointer, argument: number): void => {
      setCallback(context, callback);
      control(context, SSL_CTRL_SET_MSG_CALLBACK_ARG, 0, argument);
    },
    getNewSessionCallback: bindRaw('intptr SSL_CTX_sess_get_new_cb(intptr)'),
    setNewSessionCallback: bindRaw('void SSL_CTX_sess_set_new_cb(intptr, intptr)'),
    serialiseSession: bindRaw('int i2d_SSL_SESSION(intptr, intptr)'),
  };
}

function callbacks() {
  const koffi = loadFfi();
  const message = koffi.pointer(koffi.proto('void (int, int, int, intptr, intptr, intptr, intptr)'));
  const session = koffi.pointer(koffi.proto('int (intptr, intptr)'));
  return {
    messageCallback: (call: MessageCallback): Pointer =>
      Number(
        koffi.register(
          (_write: number, _version: number, _type: number, _data: number, _length: number, ssl: number, arg: number) =>
            call(ssl, arg),
          message,
        ),
      ),
    newSessionCallback: (call: SessionCallback): Pointer =>
      Number(
        koffi.register((ssl: number, made: number) => {
          call(ssl, made);
          return 0;
        }, session),
      ),
  };
}

function errors() {
  const first = bindRaw('intptr ERR_peek_error()');
  const full = text('const char *ERR_error_string(intptr, intptr)') as (code: number, into: number) => string;
  const short = text('const char *ERR_reason_error_string(intptr)') as (code: number) => string | null;
  return {
    forgetErrors: bindRaw('void ERR_clear_error()'),
    firstError: (): OpenSslError => {
      const code = first();
      return { text: full(code, 0), reason: short(code) ?? 'unknown error' };
    },
  };
}

/** A function that gives a string. */
function text(prototype: string): unknown {
  return loadFfi().load(null).func(prototype);
}
