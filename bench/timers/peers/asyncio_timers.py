"""Timers of asyncio: asyncio_timers.py (asyncio|uvloop). The figures are those of workload.ts."""

import asyncio
import gc
import json
import statistics
import sys
import time

DELAYS_MS = [0.1, 0.2, 0.5, 1, 2, 5, 10]
SAMPLES = 100
COUNTS = [1_000, 10_000, 100_000, 1_000_000]
FAR_S, NEAR_S = 3600, 0.05
GOLDEN = 0.618033988749895


async def lateness(times):
    for delay in DELAYS_MS:
        late = []
        for _ in range(SAMPLES):
            start = time.perf_counter()
            await asyncio.sleep(delay / 1000)
            late.append((time.perf_counter() - start) * 1000 - delay)
        late.sort()
        times[f"{delay} ms, median"] = statistics.median(late)
        times[f"{delay} ms, p99"] = late[int(len(late) * 0.99)]


def cancel_many(count):
    loop = asyncio.get_running_loop()
    gc.collect()
    start = time.perf_counter()
    timers = [loop.call_later(i * GOLDEN % 1 * FAR_S, lambda: None) for i in range(count)]
    for timer in timers:
        timer.cancel()
    return (time.perf_counter() - start) * 1e9 / count


async def fire_many(count):
    loop = asyncio.get_running_loop()
    gc.collect()
    start = time.perf_counter()
    done = loop.create_future()
    left = count

    def fired():
        nonlocal left
        left -= 1
        if left == 0:
            done.set_result(None)

    for i in range(count):
        loop.call_later(i * GOLDEN % 1 * NEAR_S, fired)
    await done
    return (time.perf_counter() - start - NEAR_S) * 1e9 / count


async def main():
    times = {}
    await lateness(times)
    for count in COUNTS:
        times[f"{count:,} cancelled"] = cancel_many(count)
        await asyncio.sleep(0)
    for count in COUNTS:
        times[f"{count:,} fired"] = await fire_many(count)
    print(json.dumps(times))


if sys.argv[1] == "uvloop":
    import uvloop

    uvloop.install()
asyncio.run(main())
