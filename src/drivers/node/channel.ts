import type { Server, Socket } from 'node:net';
import type { Address } from '../../io/address.ts';
import type { Accept, Connect, Listen, Receive, Send } from '../../io/operation.ts';

/** What the driver knows of one socket or listener of Node's, under the number that it gave out for it. */
export class Channel {
  readonly fd: number;
  /** One of the two is set. */
  readonly socket: Socket | undefined;
  readonly server: Server | undefined;
  /** Closed by us: what Node still says of it is of no interest. */
  closed = false;
  /** Counted among the open sockets: not before its connect or listen has succeeded. */
  open = false;
  /** In the list of channels that have something to deliver. */
  queued = false;
  /** Operations submitted on it whose end has not been delivered. Node may exit when there are none anywhere. */
  inFlight = 0;
  /** Their kinds, a bit each. Stays set between the end of an operation and its delivery. */
  busy = 0;
  /** Addresses, kept from the first question on: Node forgets them when the connection breaks. */
  local: Address | undefined = undefined;
  peer: Address | undefined = undefined;

  receive: Receive | undefined = undefined;
  send: Send | undefined = undefined;
  accept: Accept | undefined = undefined;
  /** Connect or listen. */
  opening: Connect | Listen | undefined = undefined;

  /** Arrived and not delivered, in order, and how many bytes that is. */
  chunks: Buffer[] = [];
  unread = 0;
  /** How the stream of what arrives has ended, behind the chunks: 0 or `-errno`; undefined while it goes on. */
  ending: number | undefined = undefined;
  /** Node reads. */
  flowing = false;
  /** Our own shutdowns. */
  readShut = false;
  writeShut = false;

  /** Of the send: SEND_NONE, SEND_QUEUED (not handed over yet), SEND_WAITING (others' bytes go first), SEND_WRITING. */
  sendState = 0;
  /** Of the send: the copies that are gathered until the flush; or long data, of which `handed` bytes went to Node. */
  pieces: Uint8Array[] = [];
  sendLong: Uint8Array | undefined = undefined;
  sendLength = 0;
  handed = 0;
  /** Memory for slices of long data; one is in Node's hands at a time. */
  slab: Buffer | undefined = undefined;

  /** Of a listener: connections that Node has accepted and no Accept has taken, and how many may wait. */
  waiting: Socket[] = [];
  backlog = 0;

  constructor(fd: number, socket: Socket | undefined, server: Server | undefined) {
    this.fd = fd;
    this.socket = socket;
    this.server = server;
  }
}

/** One more operation on it: from the first on Node stays for it. */
export function engage(channel: Channel): void {
  if (channel.inFlight++ > 0) return;
  if (channel.socket === undefined) channel.server!.ref();
  // On a socket without a handle Node would wait for one, with a listener more each time.
  else if (!channel.socket.destroyed) channel.socket.ref();
}

/** The counterpart of `engage`. */
export function disengage(channel: Channel): void {
  if (--channel.inFlight > 0) return;
  if (channel.socket === undefined) channel.server!.unref();
  else if (!channel.socket.destroyed) channel.socket.unref();
}
