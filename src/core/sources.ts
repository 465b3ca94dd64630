/** Where futures and handles were made (debug mode). Beside them: a field would cost each of them 8 bytes always. @internal */
export const sources = /* @__PURE__ */ new WeakMap<object, string | undefined>();
