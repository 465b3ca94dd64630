/** Where a TCP or UDP endpoint is. `family` 6 may carry a zone and a flow label as in Python's 4-tuples. */
export interface InetAddress {
  readonly family: 4 | 6;
  /** A literal address, never a name: names are resolved above the drivers. */
  readonly host: string;
  readonly port: number;
  /** IPv6 only: the interface index of a link-local address. */
  readonly scopeId?: number;
  /** IPv6 only: the flow label and traffic class, nearly always 0. */
  readonly flowInfo?: number;
}

/** A unix-domain socket. A path that begins with `\0` is in Linux's abstract namespace; `''` is unnamed. */
export interface UnixAddress {
  readonly family: 'unix';
  readonly path: string;
}

export type Address = InetAddress | UnixAddress;
