"""asyncio's side of the scheduling workloads: asyncio_peer.py WORKLOAD LOOP SIZES(json). Prints one line of JSON."""

import asyncio
import gc
import json
import statistics
import sys
import time

WARM_UP_S = 1.5
MEASURED_S = 1.5
LEAST_SAMPLES = 3

NAME, LOOP, SIZES = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
now = time.perf_counter_ns


def expect(found, wanted, what):
    if found != wanted:
        raise AssertionError(f"{what}: {found} instead of {wanted}")


async def switch(n):
    count = 0

    async def one(times):
        nonlocal count
        for _ in range(times):
            await asyncio.sleep(0)
            count += 1

    tasks = SIZES["switchingTasks"]
    start = now()
    await asyncio.gather(*[one(n // tasks) for _ in range(tasks)])
    total = now() - start
    expect(count, n, "switches")
    return n, total


async def add_one(i):
    return i + 1


async def call(n):
    start = now()
    total_sum = 0
    for i in range(n):
        total_sum += await add_one(i)
    total = now() - start
    expect(total_sum, n * (n + 1) // 2, "sum")
    return n, total


async def level(depth):
    if depth > 1:
        return await level(depth - 1) + 1
    await asyncio.sleep(0)
    return 1


async def chain(n):
    depth = SIZES["chainDepth"]
    start = now()
    levels = 0
    for _ in range(n):
        levels += await level(depth)
    total = now() - start
    expect(levels, n * depth, "levels")
    return n, total


async def spawn(n):
    start = now()
    total_sum = 0
    for i in range(n):
        total_sum += await asyncio.create_task(add_one(i))
    total = now() - start
    expect(total_sum, n * (n + 1) // 2, "sum")
    return n, total


async def add_one_later(i):
    await asyncio.sleep(0)
    return i + 1


async def gather(n):
    start = now()
    results = await asyncio.gather(*[add_one_later(i) for i in range(n)])
    total = now() - start
    expect(len(results), n, "results")
    expect(results[-1], n, "last result")
    return n, total


async def queue(n):
    items = asyncio.Queue(SIZES["queueSize"])
    total_sum = 0

    async def consume():
        nonlocal total_sum
        for _ in range(n):
            total_sum += await items.get()

    start = now()
    consumer = asyncio.create_task(consume())
    for i in range(n):
        await items.put(i)
    await consumer
    total = now() - start
    expect(total_sum, n * (n - 1) // 2, "sum")
    return n, total


async def lock(n):
    mutex = asyncio.Lock()
    inside = count = 0

    async def one(times):
        nonlocal inside, count
        for _ in range(times):
            async with mutex:
                inside += 1
                expect(inside, 1, "holders of the lock")
                await asyncio.sleep(0)
                inside -= 1
                count += 1

    tasks = SIZES["lockingTasks"]
    start = now()
    await asyncio.gather(*[one(n // tasks) for _ in range(tasks)])
    total = now() - start
    expect(count, n, "acquisitions")
    return n, total


async def event(n):
    rounds = SIZES["eventRounds"]
    events = [asyncio.Event() for _ in range(rounds)]
    count = 0

    async def one():
        nonlocal count
        for round in range(rounds):
            await events[round].wait()
            count += 1

    tasks = [asyncio.create_task(one()) for _ in range(n)]
    await asyncio.sleep(0)
    start = now()
    for round in range(rounds):
        events[round].set()
        while count < n * (round + 1):
            await asyncio.sleep(0)
    total = now() - start
    await asyncio.gather(*tasks)
    expect(count, n * rounds, "wake-ups")
    return n * rounds, total


async def timers(n):
    count = 0

    async def one(seconds):
        nonlocal count
        await asyncio.sleep(seconds)
        count += 1

    start = now()
    await asyncio.gather(*[one(((i * 7919) % 100 + 1) / 10_000) for i in range(n)])
    total = now() - start
    expect(count, n, "timers")
    return n, total


async def cancel(n):
    cleaned = 0

    async def one():
        nonlocal cleaned
        try:
            await asyncio.sleep(SIZES["longMs"] / 1000)
        finally:
            cleaned += 1

    tasks = [asyncio.create_task(one()) for _ in range(n)]
    await asyncio.sleep(0)
    start = now()
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    total = now() - start
    expect(cleaned, n, "clean-ups")
    expect(sum(isinstance(end, asyncio.CancelledError) for end in ended), n, "cancelled")
    return n, total


async def timeout(n):
    count = 0
    seconds = SIZES["longMs"] / 1000
    start = now()
    for _ in range(n):
        async with asyncio.timeout(seconds):
            await asyncio.sleep(0)
            count += 1
    total = now() - start
    expect(count, n, "timeouts")
    return n, total


def resident_bytes():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


async def memory(n):
    opened = asyncio.Event()
    count = 0

    async def one():
        nonlocal count
        await opened.wait()
        count += 1

    tasks = [None] * n
    before = resident_bytes()
    for i in range(n):
        tasks[i] = asyncio.create_task(one())
    await asyncio.sleep(0)
    total = resident_bytes() - before
    opened.set()
    await asyncio.gather(*tasks)
    expect(count, n, "woken")
    return n, total


async def main():
    n, workload = SIZES["n"], globals()[NAME]
    if NAME == "memory":
        ops, total = await workload(n)
        return [total / ops]

    async def during(seconds, least):
        samples = []
        until = time.perf_counter() + seconds
        while len(samples) < least or time.perf_counter() < until:
            ops, total = await workload(n)
            samples.append(total / ops)
        return samples

    await during(WARM_UP_S, 1)
    return await during(MEASURED_S, LEAST_SAMPLES)


if LOOP == "uvloop":
    import uvloop

    uvloop.install()
cpu_from = time.process_time()
samples = asyncio.run(main())
print(
    json.dumps(
        {
            "version": sys.version.split()[0],
            "perOp": statistics.median(samples),
            "least": min(samples),
            "samples": len(samples),
            "cpuMs": (time.process_time() - cpu_from) * 1000,
        }
    )
)
