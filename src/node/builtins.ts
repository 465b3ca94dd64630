/**
 * Node's modules that take a millisecond or more to load and that many programs do without, each loaded at its first use.
 * What Node has loaded before a program begins (node:fs, node:path, node:url, node:stream) is imported as usual.
 */
import { createRequire } from 'node:module';

/** Not by `import`, which is either at the start or asynchronous. */
function load(name: string): unknown {
  // Node has it since 20.16.
  const { getBuiltinModule } = process as { readonly getBuiltinModule?: (name: string) => unknown };
  return getBuiltinModule === undefined ? createRequire(import.meta.url)(name) : getBuiltinModule(name);
}

function atFirstUse<M>(name: string): () => M {
  let loaded: M | undefined;
  return () => {
    loaded ??= load(name) as M;
    return loaded;
  };
}

export const nodeChildProcess = /* @__PURE__ */ atFirstUse<typeof import('node:child_process')>('node:child_process');
export const nodeDatagrams = /* @__PURE__ */ atFirstUse<typeof import('node:dgram')>('node:dgram');
export const nodeNames = /* @__PURE__ */ atFirstUse<typeof import('node:dns/promises')>('node:dns/promises');
export const nodeNet = /* @__PURE__ */ atFirstUse<typeof import('node:net')>('node:net');
export const nodeTerminals = /* @__PURE__ */ atFirstUse<typeof import('node:tty')>('node:tty');
export const nodeThreads = /* @__PURE__ */ atFirstUse<typeof import('node:worker_threads')>('node:worker_threads');
/** Loaded already, but its named exports are not: an `import` reads them all, and one of them loads node:worker_threads (Node 22). */
export const nodeUtil = /* @__PURE__ */ atFirstUse<typeof import('node:util')>('node:util');
export const nodeWebStreams = /* @__PURE__ */ atFirstUse<typeof import('node:stream/web')>('node:stream/web');
