"""Child processes with asyncio: asyncio_spawn.py (asyncio|uvloop). The figures are those of workload.ts."""

import asyncio
import json
import sys
import time

ONE_BY_ONE, AT_A_TIME, ROUNDS_OF_SEVERAL, WARM_UP = 200, 8, 40, 20


async def silent():
    child = await asyncio.create_subprocess_exec("true")
    assert await child.wait() == 0


async def talking():
    child = await asyncio.create_subprocess_exec("echo", "a beer, please", stdout=asyncio.subprocess.PIPE)
    output, _ = await child.communicate()
    assert output == b"a beer, please\n"


async def main():
    for _ in range(WARM_UP):
        await silent()
    cpu = time.process_time()
    start = time.perf_counter()
    for _ in range(ONE_BY_ONE):
        await silent()
    after_one = time.perf_counter()
    for _ in range(ROUNDS_OF_SEVERAL):
        await asyncio.gather(*[silent() for _ in range(AT_A_TIME)])
    after_several = time.perf_counter()
    for _ in range(ONE_BY_ONE):
        await talking()
    end = time.perf_counter()
    several = AT_A_TIME * ROUNDS_OF_SEVERAL
    figures = {
        "one by one": (after_one - start) * 1000 / ONE_BY_ONE,
        f"{AT_A_TIME} at a time": (after_several - after_one) * 1000 / several,
        "output read": (end - after_several) * 1000 / ONE_BY_ONE,
        "CPU of the parent": (time.process_time() - cpu) * 1000 / (2 * ONE_BY_ONE + several),
    }
    print(json.dumps(figures))


if sys.argv[1] == "uvloop":
    import uvloop

    uvloop.install()
asyncio.run(main())
