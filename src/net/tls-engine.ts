import type { Coroutine } from '../core/coroutine.ts';
import type { TlsOptions, TlsPeerCertificate } from './tls-options.ts';

/** What `getExtraInfo('tls')` gives: what was agreed upon in the handshake. */
export interface TlsInfo {
  /** `'TLSv1.3'`. */
  readonly protocol: string | undefined;
  readonly cipher: { readonly name: string; readonly standardName: string; readonly version: string };
  /** Undefined when none was agreed upon. */
  readonly alpnProtocol: string | undefined;
  /** The name that the client asked for. */
  readonly servername: string | undefined;
  /** The peer has proved who it is. */
  readonly authorized: boolean;
  /** Why it has not, as `'CERT_HAS_EXPIRED'`. */
  readonly authorizationError: string | undefined;
  /** Undefined when the peer has sent none. */
  readonly peerCertificate: TlsPeerCertificate | undefined;
  readonly sessionReused: boolean;
  /** Client: the session to be resumed later; with TLS 1.3 it comes some time after the handshake. */
  readonly session: Buffer | undefined;
  /** The peer's stream ended without its goodbye (close_notify): what came may not be all. */
  readonly truncated: boolean;
}

/** What `getExtraInfo` gives of the TlsInfo by a name of its own; `peercert` is asyncio's. */
export const INFO_FIELDS: Readonly<Record<string, keyof TlsInfo | undefined>> = {
  peercert: 'peerCertificate',
  cipher: 'cipher',
  alpnProtocol: 'alpnProtocol',
  servername: 'servername',
  session: 'session',
};

/** The short way for ciphertext: only out of a call of `receive`, `write` or `end`. */
export interface TlsEngineSender {
  /** To be sent to the peer, at once. Up to 16 KiB are free when it returns. */
  now(data: Uint8Array): void;
  /** In bytes: how much of all that was to be sent is not yet, so that its memory is still needed; Infinity: not known. */
  readonly unsent: number;
}

/** Who is told what an engine makes of what it is given. May be called at any time, also out of the loop's turns. */
export interface TlsEngineOwner {
  /** To be sent to the peer. */
  ciphertext(data: Buffer): void;
  readonly sender: TlsEngineSender;
  handshakeDone(info: TlsInfo): void;
  plaintext(data: Buffer): void;
  /** The peer sends no more. */
  peerEnded(): void;
  /** What was written last is encrypted: more may be written. */
  written(): void;
  /** Our goodbye is on its way: nothing follows it. */
  ended(): void;
  /** The connection cannot go on. Called once. */
  failed(error: Error): void;
}

/** TLS without a network: bytes in, bytes out. */
export interface TlsEngine {
  /** The memory is free when it returns. */
  receive(data: Buffer): void;
  /** The network's stream has ended. */
  receiveEof(): void;
  /** Encrypts `data`; the next may come after `written`. The memory is free when it returns. */
  write(data: Uint8Array): void;
  /** Says goodbye to the peer (close_notify). */
  end(): void;
  /** Calls back no more. */
  destroy(): void;
}

export type TlsEngineMaker = (owner: TlsEngineOwner) => TlsEngine;

/** TLS as the platform has it; given to the network layer from above. */
export interface TlsProvider {
  /** Throws TlsError where the options cannot be used. */
  client(options: TlsOptions, serverHostname: string): TlsEngineMaker;
  /** For any number of connections, which share their sessions. Throws TlsError where the options cannot be used. */
  server(options: TlsOptions): TlsEngineMaker;
}

/** Loaded at the first use: programs without TLS pay nothing for it. */
export type TlsLoader = () => Coroutine<TlsProvider>;
