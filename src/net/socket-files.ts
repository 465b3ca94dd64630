/** The files that unix sockets are; given to the network layer from above, as files are Node's. Each call is synchronous. */
export interface SocketFiles {
  /** Removes the socket that an earlier program left at `path`; leaves alone what is no socket. Throws OSError. */
  removeStale(path: string): void;
  /** Throws OSError. */
  setMode(path: string, mode: number): void;
  /** Tells this file from a later one of the same name; undefined when there is none. */
  identity(path: string): string | undefined;
  /** Removes the file at `path` if it is still the one of that identity. Throws OSError. */
  remove(path: string, identity: string): void;
}
