"""Asynchronous comprehensions, and iterators of completed futures that are held and asked by hand."""

import asyncio

from later import block
from machine import show
from now import MISSING, resolve_all, state


async def run_block(m, fr, op, value):
    m.log(f"#{op['id']}", show(value))
    return await block(m, fr, op["ops"])


async def apply(m, fr, op, value):
    returned = await run_block(m, fr, op, value)
    return value if returned is None else returned.value


async def test(m, fr, op, value):
    returned = await run_block(m, fr, op, value)
    return value % 2 == 0 or returned is not None


async def take(m, fr, op, g, h):
    taken = []
    if op["n"] == 0:
        return taken
    async for v in g:
        taken.append(v)
        if len(taken) == op["n"]:
            break
    return taken


async def drop(m, fr, op, g, h):
    taken = []
    left = op["n"]
    async for v in g:
        if left > 0:
            left -= 1
        else:
            taken.append(v)
    return taken


async def take_while(m, fr, op, g, h):
    taken = []
    async for v in g:
        if not await test(m, fr, op, v):
            break
        taken.append(v)
    return taken


async def drop_while(m, fr, op, g, h):
    dropping = True
    taken = []
    async for v in g:
        if dropping:
            dropping = await test(m, fr, op, v)
        if not dropping:
            taken.append(v)
    return taken


async def zipped(m, fr, op, g, h):
    rows = []
    while True:
        try:
            first = await anext(g)
            second = await anext(h)
        except StopAsyncIteration:
            return rows
        rows.append([first, second])


async def reduced(m, fr, op, g, h):
    total = 0
    async for v in g:
        total += await apply(m, fr, op, v)
    return total


async def numbered(m, fr, op, g, h):
    n = 0
    rows = []
    async for v in g:
        rows.append([n, v])
        n += 1
    return rows


async def plain(m, fr, op, g, h):
    return [v async for v in g]


async def mapped(m, fr, op, g, h):
    return [await apply(m, fr, op, v) async for v in g]


async def filtered(m, fr, op, g, h):
    return [v async for v in g if await test(m, fr, op, v)]


async def both(m, fr, op, g, h):
    return [await apply(m, fr, op, v) async for v in g if v % 2 == 0]


async def flat(m, fr, op, g, h):
    return [w async for v in g async for w in h]


async def chained(m, fr, op, g, h):
    return [v async for v in g] + [v async for v in h]


async def expression(m, fr, op, g, h):
    """A generator expression over another: both lazy, as our operators are."""
    inner = (await apply(m, fr, op, v) async for v in g)
    return [w async for w in (v async for v in inner if v % 2 == 0)]


KINDS = {
    "list": plain,
    "map": mapped,
    "filter": filtered,
    "both": both,
    "take": take,
    "drop": drop,
    "takeWhile": take_while,
    "dropWhile": drop_while,
    "flat": flat,
    "zip": zipped,
    "concat": chained,
    "reduce": reduced,
    "enumerate": numbered,
    "expression": expression,
}


async def comprehension(m, fr, op):
    g = m.gens[op["x"]]
    h = m.gens[op["v"]]
    if g is None or h is None:
        return MISSING
    return await KINDS[op["mode"]](m, fr, op, g, h)


def completed_new(m, fr, op):
    found, level = resolve_all(m, op["items"])
    m.iterators[op["x"]] = asyncio.as_completed(found, timeout=op["ms"])
    m.iterator_levels[op["x"]] = level


def held(m, fr, op):
    x = op["x"]
    if m.iterators[x] is None:
        completed_new(m, fr, op)
    return None if m.iterator_levels[x] <= fr.level else m.iterators[x]


async def completed_next(m, fr, op):
    iterator = held(m, fr, op)
    if iterator is None:
        return MISSING
    try:
        return state(await anext(iterator))
    except StopAsyncIteration:
        m.iterators[op["x"]] = None
        raise


async def completed_take(m, fr, op):
    iterator = held(m, fr, op)
    if iterator is None:
        return MISSING
    for awaitable in iterator:
        return await awaitable
    m.iterators[op["x"]] = None
    return "end"


ITERATION_NOW = {"acNew": completed_new}
ITERATION_LATER = {"comp": comprehension, "acNext": completed_next, "acTake": completed_take}
