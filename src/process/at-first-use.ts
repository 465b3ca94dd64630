/** In the build for Node loaded at the first call, as src/net/at-first-use.ts: it brings the pipes of the network. */
export { startOwnChild } from './start-own-child.ts';
