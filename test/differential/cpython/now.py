"""The operations that do not suspend: the same in coroutines, callbacks and `Context.run`."""

import asyncio
import contextvars

from machine import Boom, Frame, error, show, swallows

VARS = [contextvars.ContextVar(f"v{i}") for i in range(3)]
MISSING = "none"
MAX_CONTEXT_RUNS = 3


def state(future):
    if future is None:
        return MISSING
    if not future.done():
        text = "pending"
    else:
        text = "cancelled" if future.cancelled() else "done"
    return f"{text}/{future.cancelling()}" if isinstance(future, asyncio.Task) else text


def resolve(m, item):
    """An awaitable of a list: a slot's future or a new coroutine; None for an empty slot."""
    if "b" in item:
        return m.body(m, item["b"]), item["b"]
    return m.slots[item["s"]], m.levels[item["s"]]


def resolve_all(m, items):
    found = []
    levels = []
    for item in items:
        if "same" in item:
            if item["same"] < len(found):
                found.append(found[item["same"]])
            continue
        awaitable, level = resolve(m, item)
        if awaitable is not None:
            found.append(awaitable)
            levels.append(level)
    return found, min(levels, default=99)


def discard(awaitables):
    """Closes the coroutines of a list that is not used after all."""
    for awaitable in awaitables:
        if asyncio.iscoroutine(awaitable):
            awaitable.close()


def slot(function):
    def on_slot(m, fr, op):
        future = m.slots[op["k"]]
        return MISSING if future is None else function(m, op, future)

    return on_slot


def message(op):
    return {} if op.get("msg") is None else {"msg": op["msg"]}


def context_of(m, op):
    if op.get("ctx") is None or m.contexts[op["ctx"]] is None:
        return {}
    return {"context": m.contexts[op["ctx"]]}


def set_result(m, op, f):
    if isinstance(f, asyncio.Task):
        return MISSING
    f.set_result(op["v"])


def set_exception(m, op, f):
    if isinstance(f, asyncio.Task):
        return MISSING
    f.set_exception(Boom(op["msg"]))


def uncancel(m, op, f):
    return f.uncancel() if isinstance(f, asyncio.Task) else MISSING


def cancel_self(m, fr, op):
    task = asyncio.current_task()
    return MISSING if task is None else task.cancel(**message(op))


def uncancel_self(m, fr, op):
    task = asyncio.current_task()
    return MISSING if task is None else task.uncancel()


def who(m, fr, op):
    task = asyncio.current_task()
    return MISSING if task is None else task.cancelling()


def task_options(m, op):
    options = {}
    mode = op.get("mode")
    if mode is not None:
        options["eager_start"] = mode == "eager"
    if op.get("flag"):
        m.spawned += 1
        options["name"] = f"t{m.spawned}"
    eager = mode == "eager" or (mode is None and m.eager)
    # An eager task in a context that is entered breaks CPython's current task (docs/differences.md).
    if not eager:
        options.update(context_of(m, op))
    return options


def spawn(m, fr, op):
    task = m.loop.create_task(m.body(m, op["b"]), **task_options(m, op))
    m.fill(op["k"], task, op["b"])


def group_spawn(m, fr, op):
    group = m.groups[op["x"]]
    if group is None or op["b"] <= m.group_levels[op["x"]]:
        return MISSING
    options = task_options(m, op)
    if m.group_loose[op["x"]]:
        options["eager_start"] = False
    task = group.create_task(m.body(m, op["b"]), **options)
    m.fill(op["k"], task, op["b"])


def gather(m, fr, op):
    found, level = resolve_all(m, op["items"])
    m.fill(op["k"], asyncio.gather(*found, return_exceptions=bool(op.get("flag"))), level)


def shield(m, fr, op):
    inner, level = resolve(m, op["item"])
    if inner is None:
        return MISSING
    m.fill(op["k"], asyncio.shield(inner), level)


def ensure(m, fr, op):
    inner, level = resolve(m, op["item"])
    if inner is None:
        return MISSING
    m.fill(op["k"], asyncio.ensure_future(inner), level)


def add_callback(m, op, f):
    f.add_done_callback(m.callbacks[op["cb"]], **context_of(m, op))


def call_soon(m, fr, op):
    m.handles[op["x"]] = m.loop.call_soon(m.callbacks[op["cb"]], **context_of(m, op))


def call_later(m, fr, op):
    m.handles[op["x"]] = m.loop.call_later(op["ms"], m.callbacks[op["cb"]], **context_of(m, op))


def call_at(m, fr, op):
    m.handles[op["x"]] = m.loop.call_at(m.loop.time() + op["ms"], m.callbacks[op["cb"]], **context_of(m, op))


def handle_cancel(m, fr, op):
    handle = m.handles[op["x"]]
    if handle is None:
        return MISSING
    before = handle.cancelled()
    handle.cancel()
    return f"{show(before)}/{show(handle.cancelled())}"


def raising(m, fr, op):
    mode = op["mode"]
    if mode == "cancelled":
        raise asyncio.CancelledError(op["msg"])
    if mode == "timeout":
        raise TimeoutError
    raise Boom(op["msg"])


def reschedule(m, fr, op):
    timeout = m.timeouts[op["x"]]
    if timeout is None:
        return MISSING
    timeout.reschedule(None if op["ms"] is None else m.loop.time() + op["ms"])


def expired(m, fr, op):
    timeout = m.timeouts[op["x"]]
    return MISSING if timeout is None else f"{show(timeout.expired())}/{show(timeout.when())}"


def new_timeout(m, fr, op):
    m.timeout_open[op["x"]] = False
    m.timeouts[op["x"]] = asyncio.timeout(op["ms"])


def all_names(m, fr, op):
    return show(sorted(task.get_name() for task in asyncio.all_tasks()))


def call_handler(m, fr, op):
    m.loop.call_exception_handler({"message": "custom", "exception": Boom(op["msg"])})


def set_factory(m, fr, op):
    m.eager = bool(op["flag"])
    m.loop.set_task_factory(asyncio.eager_task_factory if m.eager else None)


def var_set(m, fr, op):
    m.tokens[op["tok"]] = VARS[op["x"]].set(op["v"])


def var_get(m, fr, op):
    return VARS[op["x"]].get("unset")


def var_demand(m, fr, op):
    return VARS[op["x"]].get()


def var_reset(m, fr, op):
    token = m.tokens[op["tok"]]
    if token is None:
        return MISSING
    VARS[op["x"]].reset(token)


def context_copy(m, fr, op):
    m.contexts[op["ctx"]] = contextvars.copy_context()


def context_run(m, fr, op):
    context = m.contexts[op["ctx"]]
    if context is None or m.context_runs >= MAX_CONTEXT_RUNS:
        return MISSING
    m.context_runs += 1
    try:
        return context.run(m.callbacks[op["cb"]])
    finally:
        m.context_runs -= 1


def barrier_state(m, fr, op):
    barrier = m.bars[op["x"]]
    return f"{barrier.n_waiting}/{show(barrier.broken)}"


def bump(m, fr, op):
    m.counters[op["x"]] += 1


def queue_state(m, fr, op):
    queue = m.queues[op["x"]]
    return f"{queue.qsize()}/{show(queue.empty())}/{show(queue.full())}"


def gen_new(m, fr, op):
    x = op["x"]
    m.gens[x] = m.generator(m, op["g"], x)
    m.gens_over[x] = False
    m.gens_started[x] = False
    m.keep.append(m.gens[x])


NOW = {
    "set": slot(set_result),
    "setExc": slot(set_exception),
    "cancel": slot(lambda m, op, f: f.cancel(**message(op))),
    "uncancel": slot(uncancel),
    "state": slot(lambda m, op, f: state(f)),
    "result": slot(lambda m, op, f: f.result()),
    "exception": slot(lambda m, op, f: f.exception()),
    "newFut": lambda m, fr, op: m.fill(op["k"], m.loop.create_future(), 99),
    "addCb": slot(add_callback),
    "rmCb": slot(lambda m, op, f: f.remove_done_callback(m.callbacks[op["cb"]])),
    "cancelSelf": cancel_self,
    "uncancelSelf": uncancel_self,
    "who": who,
    "spawn": spawn,
    "gspawn": group_spawn,
    "gather": gather,
    "shield": shield,
    "ensure": ensure,
    "soon": call_soon,
    "later": call_later,
    "at": call_at,
    "hcancel": handle_cancel,
    "raise": raising,
    "resched": reschedule,
    "expired": expired,
    "newTimeout": new_timeout,
    "all": all_names,
    "callHandler": call_handler,
    "factory": set_factory,
    "cvSet": var_set,
    "cvGet": var_get,
    "cvNeed": var_demand,
    "cvReset": var_reset,
    "ctxCopy": context_copy,
    "ctxRun": context_run,
    "unlock": lambda m, fr, op: m.locks[op["x"]].release(),
    "locked": lambda m, fr, op: m.locks[op["x"]].locked(),
    "evSet": lambda m, fr, op: m.events[op["x"]].set(),
    "evClear": lambda m, fr, op: m.events[op["x"]].clear(),
    "evIs": lambda m, fr, op: m.events[op["x"]].is_set(),
    "semRel": lambda m, fr, op: m.sems[op["x"]].release(),
    "semLocked": lambda m, fr, op: m.sems[op["x"]].locked(),
    "notify": lambda m, fr, op: m.conds[op["x"]].notify(op["n"]),
    "notifyAll": lambda m, fr, op: m.conds[op["x"]].notify_all(),
    "condRel": lambda m, fr, op: m.conds[op["x"]].release(),
    "condLocked": lambda m, fr, op: m.conds[op["x"]].locked(),
    "bump": bump,
    "barState": barrier_state,
    "qputNow": lambda m, fr, op: m.queues[op["x"]].put_nowait(op["v"]),
    "qgetNow": lambda m, fr, op: m.queues[op["x"]].get_nowait(),
    "qdone": lambda m, fr, op: m.queues[op["x"]].task_done(),
    "qshut": lambda m, fr, op: m.queues[op["x"]].shutdown(immediate=bool(op.get("flag"))),
    "qstate": queue_state,
    "genNew": gen_new,
}


def step_now(m, fr, op):
    """Runs one operation, logs its outcome and lets its error out unless the operation catches it."""
    try:
        m.log(f"#{op['id']}", show(NOW[op["op"]](m, fr, op)))
    except BaseException as e:
        m.log(f"#{op['id']}", "!" + error(e))
        if not swallows(op, e):
            raise


def make_callback(m, i):
    frame = Frame(-1)

    def callback(future=None):
        if m.over:
            return
        m.log(f"cb{i}", state(future))
        for op in m.program["callbacks"][i]:
            if m.spent():
                return
            step_now(m, frame, op)

    return callback
