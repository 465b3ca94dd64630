"""The operations that may suspend, and the bodies made of them."""

import asyncio

from machine import Boom, Frame, Return, error, show, swallows
from now import MISSING, NOW, discard, resolve, resolve_all, state, step_now


async def block(m, fr, ops):
    for op in ops:
        returned = await step(m, fr, op)
        if returned is not None:
            return returned
    return None


async def step(m, fr, op):
    if m.spent():
        return Return(None)
    name = op["op"]
    if name in NOW:
        step_now(m, fr, op)
        return None
    if name == "return":
        return Return(op["v"])
    try:
        outcome = await LATER[name](m, fr, op)
    except BaseException as e:
        m.log(f"#{op['id']}", "!" + error(e))
        if not swallows(op, e):
            raise
        return None
    if isinstance(outcome, Return):
        return outcome
    m.log(f"#{op['id']}", show(outcome))
    return None


async def body(m, b):
    m.log(f"B{b}", "begins")
    try:
        returned = await block(m, Frame(b), m.program["bodies"][b])
    except BaseException as e:
        m.log(f"B{b}", "!" + error(e))
        raise
    value = b if returned is None else returned.value
    m.log(f"B{b}", show(value))
    return value


def emitted(m, op, got):
    m.log(f"#{op['id']}", show(got))


def thrown(m, op, e):
    m.log(f"#{op['id']}", "!" + error(e))
    return swallows(op, e)


async def generator(m, g, x):
    """`yield` cannot stand in a called function, hence the two loops alike."""
    fr = Frame(98)
    spec = m.program["generators"][g]
    made = m.gens[x]
    m.gens_started[x] = True
    try:
        try:
            for op in spec["ops"]:
                if m.over:
                    return
                if op["op"] != "emit":
                    if await step(m, fr, op) is not None:
                        break
                    continue
                try:
                    got = yield op["v"]
                except BaseException as e:
                    if not thrown(m, op, e):
                        raise
                else:
                    emitted(m, op, got)
        finally:
            for op in spec["final"]:
                if m.over:
                    break
                if op["op"] != "emit":
                    if await step(m, fr, op) is not None:
                        break
                    continue
                try:
                    got = yield op["v"]
                except BaseException as e:
                    if not thrown(m, op, e):
                        raise
                else:
                    emitted(m, op, got)
    finally:
        m.log(f"G{g}", "ends")
        m.gens_over[x] = True
        forget(m, made)


def forget(m, made):
    """Takes an ended generator from the loop's, as if nobody held it any more: CPython leaves that to the collector."""
    m.loop._asyncgens.discard(made)


async def sleep(m, fr, op):
    return await asyncio.sleep(op["ms"], op.get("v"))


async def await_slot(m, fr, op):
    future = m.slots[op["k"]]
    if future is None or m.levels[op["k"]] <= fr.level:
        return MISSING
    return await closing(m, future)


async def closing(m, awaitable):
    """A GeneratorExit that is thrown into a task closes its coroutines in place of unwinding them: nothing to compare."""
    try:
        return await awaitable
    except GeneratorExit:
        m.over = True
        raise


async def wait_for(m, fr, op):
    awaitable, level = resolve(m, op["item"])
    if awaitable is None or level <= fr.level:
        return MISSING
    return await closing(m, asyncio.wait_for(awaitable, op["ms"]))


MODES = {
    "all": asyncio.ALL_COMPLETED,
    "first": asyncio.FIRST_COMPLETED,
    "error": asyncio.FIRST_EXCEPTION,
}


def index_of(found, future):
    return next((i for i, item in enumerate(found) if item is future), -1)


async def wait(m, fr, op):
    found, level = resolve_all(m, op["items"])
    if level <= fr.level:
        discard(found)
        return MISSING
    done, pending = await asyncio.wait(found, timeout=op["ms"], return_when=MODES[op["mode"]])
    return [[index_of(found, f) for f in done], [index_of(found, f) for f in pending]]


async def each(m, fr, op):
    found, level = resolve_all(m, op["items"])
    if level <= fr.level:
        discard(found)
        return MISSING
    left = op["n"]
    iterator = asyncio.as_completed(found, timeout=op["ms"])
    label = f"#{op['id']}"
    if op["mode"] == "for":
        async for future in iterator:
            m.log(label, f"{index_of(found, future)} {state(future)}")
            left -= 1
            if left <= 0:
                break
        return None
    for awaitable in iterator:
        m.log(label, show(await awaitable))
        left -= 1
        if left <= 0:
            break
    return None


async def group(m, fr, op):
    made = asyncio.TaskGroup()
    m.groups[op["x"]] = made
    m.group_levels[op["x"]] = fr.level
    m.group_open[op["x"]] = m.group_loose[op["x"]] = False
    return await regroup(m, fr, op)


async def regroup(m, fr, op):
    made = m.groups[op["x"]]
    if made is None:
        return MISSING
    async with made:
        return await block(m, fr, op["ops"])


async def timeout(m, fr, op):
    ms = op["ms"]
    if op.get("flag"):
        made = asyncio.timeout_at(None if ms is None else m.loop.time() + ms)
    else:
        made = asyncio.timeout(ms)
    m.timeouts[op["x"]] = made
    m.timeout_open[op["x"]] = False
    return await retimeout(m, fr, op)


async def retimeout(m, fr, op):
    made = m.timeouts[op["x"]]
    if made is None:
        return MISSING
    async with made:
        return await block(m, fr, op["ops"])


def caught_by(mode, e):
    if mode == "all":
        return isinstance(e, (Exception, asyncio.CancelledError))
    if mode == "cancel":
        return isinstance(e, asyncio.CancelledError)
    return mode == "err" and isinstance(e, Exception)


async def attempt(m, fr, op):
    try:
        return await block(m, fr, op["ops"])
    except BaseException as e:
        if not caught_by(op["mode"], e):
            raise
        m.log(f"#{op['id']}", "caught " + error(e))
        return await block(m, fr, op["handler"])
    finally:
        if not m.over:
            await block(m, fr, op["final"])


async def repeat(m, fr, op):
    for _ in range(op["n"]):
        returned = await block(m, fr, op["ops"])
        if returned is not None:
            return returned
    return None


async def spin(m, fr, op):
    for i in range(op["n"]):
        await asyncio.sleep(0)
        m.log(f"#{op['id']}", f"turn {i}")


def inside(collection):
    async def with_it(m, fr, op):
        async with getattr(m, collection)[op["x"]]:
            return await block(m, fr, op["ops"])

    return with_it


async def acquire(m, fr, op):
    await m.locks[op["x"]].acquire()


async def sem_acquire(m, fr, op):
    await m.sems[op["x"]].acquire()


async def cond_acquire(m, fr, op):
    await m.conds[op["x"]].acquire()


async def cond_wait_for(m, fr, op):
    return await m.conds[op["x"]].wait_for(lambda: m.counters[op["x"]] >= op["n"])


async def bar_reset(m, fr, op):
    await m.bars[op["x"]].reset()


async def bar_abort(m, fr, op):
    await m.bars[op["x"]].abort()


def on_generator(function, closing=False):
    async def use(m, fr, op):
        made = m.gens[op["x"]]
        if made is None or (closing and (m.gens_over[op["x"]] or m.exit_ignored)):
            return MISSING
        # A second end is one of the odd corners (docs/differences.md).
        started = m.gens_started[op["x"]]
        if closing and (op["op"] == "aclose" or not started):
            m.gens_over[op["x"]] = True
        m.gens_closing += op["op"] == "aclose"
        try:
            return await function(m, op, made)
        except RuntimeError:
            m.exit_ignored = m.exit_ignored or op["op"] == "aclose"
            raise
        finally:
            m.gens_closing -= op["op"] == "aclose"
            if closing and not started:
                forget(m, made)

    return use


async def gen_for(m, fr, op):
    made = m.gens[op["x"]]
    if made is None:
        return MISSING
    left = op["n"]
    async for value in made:
        m.log(f"#{op['id']}", show(value))
        returned = await block(m, fr, op["ops"])
        if returned is not None:
            return returned
        left -= 1
        if left <= 0:
            break
    return None


async def close(m, op, made):
    await made.aclose()


async def close_all(m, fr, op):
    if m.exit_ignored or m.gens_closing > 0:
        return MISSING
    # Once is enough to end those that are left, and a second end is one of the odd corners.
    m.gens_over = [True] * len(m.gens_over)
    await m.loop.shutdown_asyncgens()


LATER = {
    "sleep": sleep,
    "await": await_slot,
    "call": lambda m, fr, op: body(m, op["b"]),
    "waitFor": wait_for,
    "wait": wait,
    "each": each,
    "group": group,
    "regroup": regroup,
    "timeout": timeout,
    "retimeout": retimeout,
    "try": attempt,
    "repeat": repeat,
    "spin": spin,
    "lock": acquire,
    "withLock": inside("locks"),
    "evWait": lambda m, fr, op: m.events[op["x"]].wait(),
    "sem": sem_acquire,
    "withSem": inside("sems"),
    "cond": cond_acquire,
    "withCond": inside("conds"),
    "condWait": lambda m, fr, op: m.conds[op["x"]].wait(),
    "condFor": cond_wait_for,
    "barWait": lambda m, fr, op: m.bars[op["x"]].wait(),
    "withBar": inside("bars"),
    "barReset": bar_reset,
    "barAbort": bar_abort,
    "qput": lambda m, fr, op: m.queues[op["x"]].put(op["v"]),
    "qget": lambda m, fr, op: m.queues[op["x"]].get(),
    "qjoin": lambda m, fr, op: m.queues[op["x"]].join(),
    "anext": on_generator(lambda m, op, g: g.__anext__()),
    "asend": on_generator(lambda m, op, g: g.asend(op.get("v"))),
    "athrow": on_generator(lambda m, op, g: g.athrow(Boom(op["msg"])), closing=True),
    "aclose": on_generator(close, closing=True),
    "forGen": gen_for,
    "closeGens": close_all,
}
