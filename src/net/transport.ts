import { BaseTransport } from './endpoint.ts';

/** When `pauseWriting` and `resumeWriting` are called, in bytes of buffered data. */
export interface WriteBufferLimits {
  /** Default: four times `low` where that is given, else 64 KiB. */
  readonly high?: number | undefined;
  /** Default: a quarter of `high`. */
  readonly low?: number | undefined;
}

/** A transport that bytes come from. */
export abstract class ReadTransport extends BaseTransport {
  /** True while data is being handed to the protocol. */
  abstract isReading(): boolean;
  /** Hands no more data to the protocol until `resumeReading`; nothing is lost. May be called twice. */
  abstract pauseReading(): void;
  abstract resumeReading(): void;
}

/** A transport that bytes go to. */
export abstract class WriteTransport extends BaseTransport {
  /**
   * Sends `data`, or buffers it; never waits. More than 16 KiB are not copied: do not change them until they are sent.
   * Throws TypeError unless it is a Uint8Array, TransportClosedError after `close`, `abort` or `writeEof`.
   */
  abstract write(data: Uint8Array): void;
  abstract writeLines(list: Iterable<Uint8Array>): void;
  /** Ends our side once the buffer is sent; the other side may still send. */
  abstract writeEof(): void;
  abstract canWriteEof(): boolean;
  /** Closes at once with a reset: what is buffered is lost. */
  abstract abort(): void;
  abstract getWriteBufferSize(): number;
  abstract getWriteBufferLimits(): { readonly low: number; readonly high: number };
  /** Throws RangeError unless high >= low >= 0. */
  abstract setWriteBufferLimits(limits?: WriteBufferLimits): void;
}

/** A transport for both directions, as a TCP connection's. */
export abstract class Transport extends WriteTransport implements ReadTransport {
  abstract isReading(): boolean;
  abstract pauseReading(): void;
  abstract resumeReading(): void;
}
