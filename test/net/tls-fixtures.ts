import { readFileSync } from 'node:fs';
import {
  type Coroutine,
  getRunningLoop,
  type OnConnection,
  type OpenConnectionOptions,
  openConnection,
  type Server,
  type StreamReader,
  type StreamWriter,
  type TlsInfo,
  type TlsOptions,
} from 'tsyncio';
import { portOf, serve } from './drivers.ts';

const read = (name: string): Buffer => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));
const pair = (name: string): { key: Buffer; cert: Buffer } => ({ key: read(`${name}.key`), cert: read(`${name}.pem`) });

/** The authority that the leaves below are signed by. */
export const ca = read('ca.pem');
/** For localhost, bar.example and 127.0.0.1. */
export const server = pair('server');
/** For cellar.example only. */
export const cellar = pair('cellar');
export const expired = pair('expired');
export const client = pair('client');
/** Its own authority. */
export const mallory = pair('mallory');
export const otherCa = read('other-ca.pem');

export function serveTls(onConnection: OnConnection, tls: TlsOptions = server): Coroutine<Server> {
  return serve(onConnection, { tls });
}

export function connectTls(
  to: Server,
  tls: TlsOptions | true = { ca },
  options: Partial<OpenConnectionOptions> = {},
): Coroutine<[StreamReader, StreamWriter]> {
  return openConnection({ host: '127.0.0.1', port: portOf(to), tls, ...options });
}

export function tlsOf(writer: StreamWriter): TlsInfo {
  return writer.getExtraInfo<TlsInfo>('tls')!;
}

/** Waits until the sockets of both ends are closed: where one end fails, the other takes some turns to notice. */
export function* allClosed(): Coroutine<void> {
  const loop = getRunningLoop();
  while (loop.statistics.sockets > 0) {
    const turn = loop.createFuture<void>();
    setImmediate(() => loop.callSoonThreadsafe(() => turn.setResult()));
    yield* turn;
  }
}
