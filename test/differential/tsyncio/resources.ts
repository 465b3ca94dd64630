/** Exit stacks, and groups and timeouts that are entered and left by hand. */
import { type AsyncContextManager, AsyncExitStack, asyncWith, CancelledError, type Coroutine, timeout } from 'tsyncio';
import type { Op } from '../program.ts';
import { block, type LaterStep } from './later.ts';
import { Boom, error, type Frame, type Machine } from './machine.ts';
import { MISSING, type Step, stepNow } from './now.ts';

/** As in cpython/resources.py. */
const EXIT_FRAME: Frame = { level: 97 };
const NOW_FRAME: Frame = { level: -1 };

const told = (m: Machine, op: Op, thrown: unknown): void =>
  m.log(`X${op.id}`, thrown === undefined ? '-' : error(thrown));

function runNow(m: Machine, ops: readonly Op[]): void {
  for (const op of ops) {
    if (m.spent()) return;
    stepNow(m, NOW_FRAME, op);
  }
}

const push: Step = (m, _fr, op) => {
  const stack = m.stacks[op.x!]!;
  if (op.mode === 'sync') {
    stack.push((thrown) => {
      told(m, op, thrown);
      runNow(m, op.ops!);
      return op.flag === true;
    });
  } else {
    stack.push(function* (thrown) {
      told(m, op, thrown);
      yield* block(m, EXIT_FRAME, op.ops!);
      return op.flag === true;
    });
  }
};

const pushCallback: Step = (m, _fr, op) => {
  const stack = m.stacks[op.x!]!;
  if (op.mode === 'sync') {
    stack.callback(() => {
      told(m, op, undefined);
      runNow(m, op.ops!);
    });
  } else {
    stack.pushAsyncCallback(function* () {
      told(m, op, undefined);
      yield* block(m, EXIT_FRAME, op.ops!);
    });
  }
};

const newStack: Step = (m, _fr, op) => {
  m.stacks[op.x!] = new AsyncExitStack();
};

const popAll: Step = (m, _fr, op) => {
  m.stacks[op.n!] = m.stacks[op.x!]!.popAll();
};

type Shared = 'locks' | 'sems' | 'conds' | 'bars' | 'stacks';

function manager(m: Machine, fr: Frame, op: Op): AsyncContextManager<unknown> {
  const n = op.n!;
  if (op.mode === 'group') return m.newGroup(n, fr, true);
  if (op.mode === 'timeout') return m.newTimeout(n, timeout(op.ms ?? undefined));
  return m[op.mode as Shared][n]!;
}

function* restack(m: Machine, fr: Frame, op: Op): Coroutine<unknown> {
  return yield* asyncWith(m.stacks[op.x!]!, () => block(m, fr, op.ops!));
}

/** What a manager is told that is left by hand. */
function leaving(op: Op): unknown {
  if (op.mode === 'none') return undefined;
  return op.mode === 'cancelled' ? new CancelledError(op.msg) : new Boom(op.msg);
}

const exitOf = (kind: 'groups' | 'timeouts', open: 'groupOpen' | 'timeoutOpen'): LaterStep =>
  function* (m, _fr, op) {
    const x = op.x!;
    if (m[open][x] !== true) return MISSING;
    m[open][x] = false;
    return Boolean(yield* m[kind][x]!.exit(leaving(op)));
  };

export const RESOURCES_NOW: Record<string, Step> = { stNew: newStack, stPush: push, stCb: pushCallback, stPop: popAll };

export const RESOURCES_LATER: Record<string, LaterStep> = {
  *stEnter(m, fr, op) {
    yield* m.stacks[op.x!]!.enterContext(manager(m, fr, op));
    return undefined;
  },
  *stClose(m, _fr, op) {
    yield* m.stacks[op.x!]!.aclose();
    return undefined;
  },
  *stack(m, fr, op) {
    newStack(m, fr, op);
    return yield* restack(m, fr, op);
  },
  restack,
  *gEnter(m, fr, op) {
    yield* m.newGroup(op.x!, fr, true).enter();
    m.groupOpen[op.x!] = true;
    return undefined;
  },
  gExit: exitOf('groups', 'groupOpen'),
  *tEnter(m, _fr, op) {
    yield* m.newTimeout(op.x!, timeout(op.ms ?? undefined)).enter();
    m.timeoutOpen[op.x!] = true;
    return undefined;
  },
  tExit: exitOf('timeouts', 'timeoutOpen'),
};
