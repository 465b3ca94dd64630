"""Exit stacks, and groups and timeouts that are entered and left by hand."""

import asyncio
from contextlib import AsyncExitStack

from later import block
from machine import Boom, Frame, error
from now import MISSING, step_now

# What an exit does it does in whatever task leaves the stack: it awaits plain futures only.
EXIT_LEVEL = 97


def told(m, op, e):
    m.log(f"X{op['id']}", "-" if e is None else error(e))


def run_now(m, ops):
    for op in ops:
        if m.spent():
            return
        step_now(m, Frame(-1), op)


def sync_exit(m, op):
    def leave(kind, e, trace):
        told(m, op, e)
        run_now(m, op["ops"])
        return bool(op.get("flag"))

    return leave


def async_exit(m, op):
    async def leave(kind, e, trace):
        told(m, op, e)
        await block(m, Frame(EXIT_LEVEL), op["ops"])
        return bool(op.get("flag"))

    return leave


def push(m, fr, op):
    stack = m.stacks[op["x"]]
    if op["mode"] == "sync":
        stack.push(sync_exit(m, op))
    else:
        stack.push_async_exit(async_exit(m, op))


def push_callback(m, fr, op):
    def call():
        told(m, op, None)
        run_now(m, op["ops"])

    async def call_async():
        told(m, op, None)
        await block(m, Frame(EXIT_LEVEL), op["ops"])

    stack = m.stacks[op["x"]]
    if op["mode"] == "sync":
        stack.callback(call)
    else:
        stack.push_async_callback(call_async)


def new_stack(m, fr, op):
    m.stacks[op["x"]] = AsyncExitStack()


def pop_all(m, fr, op):
    m.stacks[op["n"]] = m.stacks[op["x"]].pop_all()


def manager(m, fr, op):
    kind = op["mode"]
    n = op["n"]
    if kind == "group":
        m.groups[n] = asyncio.TaskGroup()
        m.group_levels[n] = fr.level
        m.group_open[n] = False
        m.group_loose[n] = True
        return m.groups[n]
    if kind == "timeout":
        m.timeouts[n] = asyncio.timeout(op["ms"])
        m.timeout_open[n] = False
        return m.timeouts[n]
    return getattr(m, kind)[n]


async def enter(m, fr, op):
    await m.stacks[op["x"]].enter_async_context(manager(m, fr, op))


async def close(m, fr, op):
    await m.stacks[op["x"]].aclose()


async def restack(m, fr, op):
    async with m.stacks[op["x"]]:
        return await block(m, fr, op["ops"])


async def stack(m, fr, op):
    new_stack(m, fr, op)
    return await restack(m, fr, op)


def leaving(op):
    """What a manager is told that is left by hand."""
    mode = op["mode"]
    if mode == "none":
        return None, None, None
    e = asyncio.CancelledError(op["msg"]) if mode == "cancelled" else Boom(op["msg"])
    return type(e), e, None


async def enter_group(m, fr, op):
    x = op["x"]
    m.group_open[x] = False
    m.group_loose[x] = True
    m.groups[x] = asyncio.TaskGroup()
    m.group_levels[x] = fr.level
    await m.groups[x].__aenter__()
    m.group_open[x] = True


async def exit_group(m, fr, op):
    x = op["x"]
    if not m.group_open[x]:
        return MISSING
    m.group_open[x] = False
    return bool(await m.groups[x].__aexit__(*leaving(op)))


async def enter_timeout(m, fr, op):
    x = op["x"]
    m.timeout_open[x] = False
    m.timeouts[x] = asyncio.timeout(op["ms"])
    await m.timeouts[x].__aenter__()
    m.timeout_open[x] = True


async def exit_timeout(m, fr, op):
    x = op["x"]
    if not m.timeout_open[x]:
        return MISSING
    m.timeout_open[x] = False
    return bool(await m.timeouts[x].__aexit__(*leaving(op)))


RESOURCES_NOW = {"stNew": new_stack, "stPush": push, "stCb": push_callback, "stPop": pop_all}

RESOURCES_LATER = {
    "stEnter": enter,
    "stClose": close,
    "stack": stack,
    "restack": restack,
    "gEnter": enter_group,
    "gExit": exit_group,
    "tEnter": enter_timeout,
    "tExit": exit_timeout,
}
