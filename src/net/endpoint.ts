/** The two ends of a connection as they see each other: a transport moves the bytes, a protocol says what they mean. */

/** Base of all transports: asyncio's BaseTransport. */
export abstract class BaseTransport {
  /** What is known about the connection ('peername', 'sockname', 'socket'), or `defaultValue`. */
  abstract getExtraInfo<T = unknown>(name: string, defaultValue?: T): T | undefined;
  /** True when it is closing or closed. */
  abstract isClosing(): boolean;
  /** Sends what is buffered, then closes; `connectionLost(undefined)` follows. May be called twice. */
  abstract close(): void;
  abstract setProtocol(protocol: BaseProtocol): void;
  abstract getProtocol(): BaseProtocol;
}

/** Base of all protocols: asyncio's BaseProtocol. Every method is called by the transport; override what you need. */
export class BaseProtocol {
  /** Called once, first. Keep the transport to write to it. */
  connectionMade(_transport: BaseTransport): void {}
  /** Called once, last: undefined after a regular end, else what went wrong. */
  connectionLost(_error: Error | undefined): void {}
  /** The transport's buffer went over its high water mark: stop writing, if you can. */
  pauseWriting(): void {}
  /** The buffer is down to the low water mark. */
  resumeWriting(): void {}
}
