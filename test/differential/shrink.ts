/** Makes a program with a difference smaller, as long as a difference stays. */
import type { Difference } from './compare.ts';
import type { Op, Program } from './program.ts';

function nestedLists(ops: Op[]): Op[][] {
  return [
    ops,
    ...ops.flatMap((op) => [op.ops, op.handler, op.final].flatMap((list) => (list ? nestedLists(list) : []))),
  ];
}

/** Every list of operations, in an order that copies of the program share. */
function lists(program: Program): Op[][] {
  const { bodies, callbacks, generators } = program;
  return [...bodies, ...callbacks, ...generators.flatMap(({ ops, final }) => [ops, final])].flatMap(nestedLists);
}

function changed(program: Program, change: (copy: Program, copied: Op[][]) => void): Program {
  const copy = structuredClone(program);
  change(copy, lists(copy));
  return copy;
}

function* fewerOperations(program: Program): Generator<Program> {
  const originals = lists(program);
  for (const [i, list] of originals.entries()) {
    if (list.length > 1) yield changed(program, (_, all) => all[i]!.splice(0));
  }
  for (const [i, list] of originals.entries()) {
    for (let size = Math.ceil(list.length / 2); size > 1; size = Math.ceil(size / 2)) {
      for (let j = 0; j < list.length; j += size) yield changed(program, (_, all) => all[i]!.splice(j, size));
    }
    for (let j = list.length - 1; j >= 0; j--) yield changed(program, (_, all) => all[i]!.splice(j, 1));
  }
}

const DEFERRED = new Set(['stPush', 'stCb']);

/** A block's contents in its place. */
function* unwrapped(program: Program): Generator<Program> {
  for (const [i, list] of lists(program).entries()) {
    for (const [j, op] of list.entries()) {
      // What an exit does may suspend where the operation that pushes it may not.
      if (DEFERRED.has(op.op)) continue;
      const inner = [op.ops, op.handler, op.final].filter((part) => part !== undefined);
      for (const part of inner) yield changed(program, (_, all) => all[i]!.splice(j, 1, ...part));
    }
  }
}

const OPTIONAL_FIELDS = ['c', 'ctx', 'mode', 'flag', 'msg'] as const;
/** Operations whose `mode` is not optional. */
const MODAL = new Set([
  'try',
  'wait',
  'each',
  'raise',
  'stPush',
  'stCb',
  'stEnter',
  'gExit',
  'tExit',
  'comp',
  'ownFactory',
]);
const NEEDS_MESSAGE = new Set(['setExc', 'raise', 'callHandler', 'athrow', 'gExit', 'tExit']);

function* simplerFields(program: Program): Generator<Program> {
  for (const [i, list] of lists(program).entries()) {
    for (const [j, op] of list.entries()) {
      for (const field of OPTIONAL_FIELDS) {
        if (op[field] === undefined || (field === 'mode' && MODAL.has(op.op))) continue;
        if ((field === 'msg' && NEEDS_MESSAGE.has(op.op)) || (field === 'ctx' && op.op.startsWith('ctx'))) continue;
        yield changed(program, (_, all) => delete all[i]![j]![field]);
      }
      if (typeof op.ms === 'number' && op.ms !== 0) {
        for (const ms of op.ms === 1 ? [0] : [0, 1]) yield changed(program, (_, all) => (all[i]![j]!.ms = ms));
      }
      if (op.n !== undefined && op.n > 1) yield changed(program, (_, all) => (all[i]![j]!.n! -= 1));
      for (let k = (op.items?.length ?? 0) - 1; k >= 0; k--) {
        yield changed(program, (_, all) => all[i]![j]!.items!.splice(k, 1));
      }
    }
  }
  if (program.eager) yield changed(program, (copy) => (copy.eager = false));
  if (program.runs !== undefined) {
    yield changed(program, (copy) => {
      delete copy.runs;
    });
    if (program.runs > 1) yield changed(program, (copy) => (copy.runs = 1));
  }
  if (program.apart) yield changed(program, (copy) => (copy.apart = false));
}

function* candidates(program: Program): Generator<Program> {
  yield* fewerOperations(program);
  yield* unwrapped(program);
  yield* simplerFields(program);
}

const MAX_TRIES = 4_000;

/** The smallest program found, with its difference. `check` gives a program's difference, or undefined. */
export async function shrink(
  start: Difference,
  check: (program: Program) => Promise<Difference | undefined>,
): Promise<Difference> {
  let best = start;
  let tries = 0;
  for (let progress = true; progress && tries < MAX_TRIES; ) {
    progress = false;
    for (const candidate of candidates(best.program)) {
      if (++tries >= MAX_TRIES) break;
      const found = await check(candidate);
      if (found === undefined) continue;
      best = found;
      progress = true;
      break;
    }
  }
  return best;
}
