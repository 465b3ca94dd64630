/** Where futures and handles were made (debug mode). Beside them: a field would cost each of them 8 bytes always. */
const sources = /* @__PURE__ */ new WeakMap<object, string>();

/** @internal */
export function noteSource(made: object, stack: string | undefined): void {
  if (stack !== undefined) sources.set(made, stack);
}

/** @internal */
export function sourceOf(made: object): string | undefined {
  return sources.get(made);
}
