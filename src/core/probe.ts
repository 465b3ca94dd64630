import { resumeToProbe } from './suspension.ts';

/** The stack inside a suspended coroutine, innermost frame first; undefined if it does not stand at a leaf of ours. */
export function probe(coroutine: { next(): unknown }): string | undefined {
  let stack: string | undefined;
  resumeToProbe(coroutine, () => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 200;
    stack = new Error('probe').stack;
    Error.stackTraceLimit = limit;
  });
  return aboveProbe(stack);
}

/** The frames of the coroutine alone, without those of the one who asks. */
function aboveProbe(stack: string | undefined): string | undefined {
  const end = stack === undefined ? -1 : stack.indexOf('    at resumeToProbe (');
  return end < 0 ? stack : stack?.slice(0, end);
}
