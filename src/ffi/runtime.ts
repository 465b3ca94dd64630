/** Which runtime this is: some have Node's modules and not what the drivers for Linux need beside them. */

/** Undefined where C functions may watch descriptors in the runtime's own event loop, else the reason why not. */
export function unfitRuntime(): string | undefined {
  const { bun, deno } = process.versions as { readonly bun?: string; readonly deno?: string };
  // It has libuv's functions by name, as stubs that end the process.
  if (bun !== undefined) return `Bun ${bun} has no libuv, in whose event loop the driver waits`;
  // It has libuv's functions too, but a descriptor that becomes ready does not end the wait for Node's immediates.
  if (deno !== undefined) return `Deno ${deno} does not come round when a descriptor that libuv watches is ready`;
  return undefined;
}
