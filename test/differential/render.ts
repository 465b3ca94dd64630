/** Programs as code that reads like TypeScript, and differences side by side. */
import type { Difference } from './compare.ts';
import { type Item, type Op, operations, type Program, type Trace } from './program.ts';

const awaitable = (item: Item): string =>
  's' in item ? `slots[${item.s}]` : 'b' in item ? `body${item.b}()` : `sameAs(${item.same})`;
const list = (op: Op): string => `[${op.items!.map(awaitable).join(', ')}]`;
const quoted = (text: string | undefined): string => (text === undefined ? '' : JSON.stringify(text));

function options(fields: Record<string, unknown>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return given.length === 0 ? '' : `, { ${given.map(([key, value]) => `${key}: ${value}`).join(', ')} }`;
}

const taskOptions = (op: Op): string =>
  options({
    name: op.flag ? 't#' : undefined,
    eagerStart: op.mode === undefined ? undefined : op.mode === 'eager',
    context: op.ctx === undefined ? undefined : `contexts[${op.ctx}]`,
  });
const context = (op: Op): string => options({ context: op.ctx === undefined ? undefined : `contexts[${op.ctx}]` });

const leaving = (op: Op): string =>
  op.mode === 'none' ? '' : `new ${op.mode === 'cancelled' ? 'CancelledError' : 'Boom'}('${op.msg}')`;

type Template = (op: Op) => string;
const on =
  (collection: string, call: string): Template =>
  (op) =>
    `${collection}[${op.x}].${call}`;

const LINES: Record<string, Template> = {
  set: (op) => `slots[${op.k}].setResult(${op.v})`,
  setExc: (op) => `slots[${op.k}].setException(new Boom('${op.msg}'))`,
  cancel: (op) => `slots[${op.k}].cancel(${quoted(op.msg)})`,
  uncancel: (op) => `slots[${op.k}].uncancel()`,
  state: (op) => `show(slots[${op.k}])`,
  result: (op) => `slots[${op.k}].result()`,
  exception: (op) => `slots[${op.k}].exception()`,
  newFut: (op) => `slots[${op.k}] = loop.createFuture()`,
  addCb: (op) => `slots[${op.k}].addDoneCallback(callback${op.cb}${context(op)})`,
  rmCb: (op) => `slots[${op.k}].removeDoneCallback(callback${op.cb})`,
  cancelSelf: (op) => `currentTask().cancel(${quoted(op.msg)})`,
  uncancelSelf: () => 'currentTask().uncancel()',
  who: () => 'currentTask().cancelling()',
  spawn: (op) => `slots[${op.k}] = createTask(body${op.b}()${taskOptions(op)})`,
  gspawn: (op) => `slots[${op.k}] = groups[${op.x}].createTask(body${op.b}()${taskOptions(op)})`,
  gather: (op) => `slots[${op.k}] = gather(${list(op)}${options({ returnExceptions: op.flag || undefined })})`,
  shield: (op) => `slots[${op.k}] = shield(${awaitable(op.item!)})`,
  ensure: (op) => `slots[${op.k}] = ensureFuture(${awaitable(op.item!)})`,
  soon: (op) => `handles[${op.x}] = loop.callSoon(callback${op.cb}${context(op)})`,
  later: (op) => `handles[${op.x}] = loop.callLater(${op.ms}, callback${op.cb}${context(op)})`,
  at: (op) => `handles[${op.x}] = loop.callAt(loop.time() + ${op.ms}, callback${op.cb}${context(op)})`,
  hcancel: on('handles', 'cancel()'),
  raise: (op) =>
    `throw new ${{ cancelled: 'CancelledError', timeout: 'TimeoutError' }[op.mode!] ?? 'Boom'}('${op.msg}')`,
  resched: (op) => `timeouts[${op.x}].reschedule(${op.ms === null ? 'undefined' : `loop.time() + ${op.ms}`})`,
  expired: on('timeouts', 'expired()'),
  newTimeout: (op) => `timeouts[${op.x}] = timeout(${op.ms})`,
  all: () => 'allTasks()',
  callHandler: (op) => `loop.callExceptionHandler({ message: 'custom', exception: new Boom('${op.msg}') })`,
  factory: (op) => `loop.setTaskFactory(${op.flag ? 'eagerTaskFactory' : 'undefined'})`,
  cvSet: (op) => `tokens[${op.tok}] = vars[${op.x}].set(${op.v})`,
  cvGet: on('vars', "get('unset')"),
  cvNeed: on('vars', 'get()'),
  cvReset: (op) => `vars[${op.x}].reset(tokens[${op.tok}])`,
  ctxCopy: (op) => `contexts[${op.ctx}] = copyContext()`,
  ctxRun: (op) => `contexts[${op.ctx}].run(callback${op.cb})`,
  unlock: on('locks', 'release()'),
  locked: on('locks', 'locked()'),
  evSet: on('events', 'set()'),
  evClear: on('events', 'clear()'),
  evIs: on('events', 'isSet()'),
  semRel: on('semaphores', 'release()'),
  semLocked: on('semaphores', 'locked()'),
  notify: (op) => `conditions[${op.x}].notify(${op.n})`,
  notifyAll: on('conditions', 'notifyAll()'),
  condRel: on('conditions', 'release()'),
  condLocked: on('conditions', 'locked()'),
  bump: (op) => `counters[${op.x}] += 1`,
  barState: on('barriers', 'nWaiting'),
  qputNow: (op) => `queues[${op.x}].putNowait(${op.v})`,
  qgetNow: on('queues', 'getNowait()'),
  qdone: on('queues', 'taskDone()'),
  qshut: (op) => `queues[${op.x}].shutdown({ immediate: ${op.flag === true} })`,
  qstate: on('queues', 'qsize()'),
  genNew: (op) => `generators[${op.x}] = generator${op.g}()`,
  stNew: (op) => `stacks[${op.x}] = new AsyncExitStack()`,
  stPush: (op) => `stacks[${op.x}].push(${op.mode} exit${op.flag ? ' that swallows' : ''}`,
  stCb: (op) => `stacks[${op.x}].${op.mode === 'sync' ? 'callback' : 'pushAsyncCallback'}(`,
  stPop: (op) => `stacks[${op.n}] = stacks[${op.x}].popAll()`,
  stEnter: (op) =>
    op.mode === 'group' || op.mode === 'timeout'
      ? `yield* stacks[${op.x}].enterContext(${op.mode}s[${op.n}] = ${op.mode}(${op.mode === 'timeout' ? op.ms : ''}))`
      : `yield* stacks[${op.x}].enterContext(${op.mode}[${op.n}])`,
  stClose: on('yield* stacks', 'aclose()'),
  stack: (op) => `yield* asyncWith(stacks[${op.x}] = new AsyncExitStack()`,
  restack: (op) => `yield* asyncWith(stacks[${op.x}]`,
  gEnter: (op) => `yield* (groups[${op.x}] = new TaskGroup()).enter()`,
  gExit: (op) => `yield* groups[${op.x}].exit(${leaving(op)})`,
  tEnter: (op) => `yield* (timeouts[${op.x}] = timeout(${op.ms ?? 'undefined'})).enter()`,
  tExit: (op) => `yield* timeouts[${op.x}].exit(${leaving(op)})`,
  acNew: (op) =>
    `iterators[${op.x}] = asCompleted(${list(op)}${options({ timeout: op.ms === null ? undefined : op.ms })})`,
  acNext: on('yield* iterators', '[asyncIterate]().next()'),
  acTake: on('yield* iterators', 'next().value'),
  comp: (op) => `comprehension ${op.mode}(generators[${op.x}], generators[${op.v}], ${op.n}`,
  ownFactory: (op) => `loop.setTaskFactory(${op.mode})`,
  isOwn: () => 'currentTask() instanceof OwnTask',
  emit: (op) => `yield* emit(${op.v})`,
  sleep: (op) => `yield* sleep(${op.ms}${op.v === undefined ? '' : `, ${op.v}`})`,
  await: (op) => `yield* slots[${op.k}]`,
  call: (op) => `yield* body${op.b}()`,
  waitFor: (op) => `yield* waitFor(${awaitable(op.item!)}, ${op.ms ?? 'undefined'})`,
  wait: (op) => `yield* wait(${list(op)}${options({ timeout: op.ms ?? undefined, returnWhen: op.mode })})`,
  each: (op) =>
    `for ${op.mode === 'for' ? 'each future' : 'each result'} of asCompleted(${list(op)}${options({ timeout: op.ms ?? undefined })}), at most ${op.n}`,
  spin: (op) => `for (let i = 0; i < ${op.n}; i++) yield* sleep(0)`,
  return: (op) => `return ${op.v}`,
  lock: on('yield* locks', 'acquire()'),
  evWait: on('yield* events', 'wait()'),
  sem: on('yield* semaphores', 'acquire()'),
  cond: on('yield* conditions', 'acquire()'),
  condWait: on('yield* conditions', 'wait()'),
  condFor: (op) => `yield* conditions[${op.x}].waitFor(() => counters[${op.x}] >= ${op.n})`,
  barWait: on('yield* barriers', 'wait()'),
  barReset: on('yield* barriers', 'reset()'),
  barAbort: on('yield* barriers', 'abort()'),
  qput: (op) => `yield* queues[${op.x}].put(${op.v})`,
  qget: on('yield* queues', 'get()'),
  qjoin: on('yield* queues', 'join()'),
  anext: on('yield* generators', 'next()'),
  asend: (op) => `yield* generators[${op.x}].asend(${op.v ?? ''})`,
  athrow: (op) => `yield* generators[${op.x}].athrow(new Boom('${op.msg}'))`,
  aclose: on('yield* generators', 'aclose()'),
  closeGens: () => 'yield* loop.shutdownAsyncGens()',
  group: (op) => `yield* asyncWith(groups[${op.x}] = new TaskGroup()`,
  regroup: (op) => `yield* asyncWith(groups[${op.x}]`,
  timeout: (op) =>
    `yield* asyncWith(timeouts[${op.x}] = ${op.flag ? `timeoutAt(loop.time() + ${op.ms})` : `timeout(${op.ms ?? 'undefined'})`}`,
  retimeout: (op) => `yield* asyncWith(timeouts[${op.x}]`,
  withLock: (op) => `yield* asyncWith(locks[${op.x}]`,
  withSem: (op) => `yield* asyncWith(semaphores[${op.x}]`,
  withCond: (op) => `yield* asyncWith(conditions[${op.x}]`,
  withBar: (op) => `yield* asyncWith(barriers[${op.x}]`,
  forGen: (op) => `yield* asyncFor(generators[${op.x}], at most ${op.n}`,
  repeat: (op) => `for (let i = 0; i < ${op.n}; i++)`,
};

function lines(ops: readonly Op[], indent: string): string[] {
  return ops.flatMap((op) => {
    const caught = op.c === undefined ? '' : op.c === 'all' ? '  [catches all]' : '  [catches errors]';
    const mark = `  // #${op.id}${caught}`;
    if (op.op === 'try') {
      return [
        `${indent}try {${mark}`,
        ...lines(op.ops!, `${indent}  `),
        ...(op.mode === 'none' ? [] : [`${indent}} catch (${op.mode}) {`, ...lines(op.handler!, `${indent}  `)]),
        ...(op.final!.length === 0 ? [] : [`${indent}} finally {`, ...lines(op.final!, `${indent}  `)]),
        `${indent}}`,
      ];
    }
    const head = LINES[op.op]?.(op) ?? op.op;
    if (op.ops === undefined) return [`${indent}${head};${mark}`];
    if (op.op === 'repeat') return [`${indent}${head} {${mark}`, ...lines(op.ops, `${indent}  `), `${indent}}`];
    return [`${indent}${head}, function* () {${mark}`, ...lines(op.ops, `${indent}  `), `${indent}});`];
  });
}

/** The program as code; what nothing refers to is left out. */
export function render(program: Program): string {
  const all = [...operations(program)];
  const items = all.flatMap((op) => [...(op.items ?? []), ...(op.item === undefined ? [] : [op.item])]);
  const bodies = new Set([0, program.runs === 2 ? 1 : 0, ...all.flatMap((op) => (op.b === undefined ? [] : [op.b]))]);
  for (const item of items) if ('b' in item) bodies.add(item.b);
  const { slots: _slots, ...objects } = program.objects;
  return [
    `// seed ${program.seed}, profile ${program.profile}${program.eager ? ', eager task factory' : ''}${program.apart && program.runs === undefined ? ', main in a task of its own' : ''}${program.runs === undefined ? '' : `, ${program.runs} by a Runner`}`,
    `// ${JSON.stringify(objects)}`,
    ...program.bodies.flatMap((ops, b) =>
      bodies.has(b) ? [`function* ${b === 0 ? 'main' : `body${b}`}() {`, ...lines(ops, '  '), '}'] : [],
    ),
    ...program.callbacks.flatMap((ops, i) =>
      all.some((op) => op.cb === i) ? [`function callback${i}() {`, ...lines(ops, '  '), '}'] : [],
    ),
    ...program.generators.flatMap(({ ops, final }, g) =>
      all.some((op) => op.g === g)
        ? [
            `const generator${g} = () => asyncGenerator(function* (emit) {`,
            '  try {',
            ...lines(ops, '    '),
            '  } finally {',
            ...lines(final, '    '),
            '  }',
            '});',
          ]
        : [],
    ),
  ].join('\n');
}

const EVENTS_BEFORE = 12;
const EVENTS_AFTER = 6;
const COLUMN_WIDTH = 54;

function sideBySide(left: Trace, right: Trace, at: number): string {
  const rows: string[] = [];
  const cell = (text: string | undefined): string => (text ?? '(nothing)').padEnd(COLUMN_WIDTH);
  rows.push(`    ${cell('CPython')}  tsyncio`);
  for (let i = Math.max(0, at - EVENTS_BEFORE); i < at + EVENTS_AFTER; i++) {
    if (left[i] === undefined && right[i] === undefined) break;
    rows.push(`${left[i] === right[i] ? '   ' : '>> '} ${cell(left[i])}  ${right[i] ?? '(nothing)'}`);
  }
  return rows.join('\n');
}

/** A difference for a reader: the code, both traces around it (time task operation outcome), and how to see it again. */
export function renderDifference({ program, cpython, tsyncio, at }: Difference): string {
  return [
    render(program),
    '',
    sideBySide(cpython, tsyncio, at),
    '',
    `npm run fuzz -- --profile ${program.profile} --seed ${program.seed} --programs 1`,
  ].join('\n');
}
