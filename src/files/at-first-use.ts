/** In the build for Node loaded at the first call, as src/net/at-first-use.ts: it brings what calls C functions. */
export { openByRing } from './open-by-ring.ts';
