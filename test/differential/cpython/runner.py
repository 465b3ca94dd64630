"""Runs a batch of programs and gives their traces."""

import asyncio
import gc
import json
import signal
import sys
import warnings
from asyncio import events

from factories import FACTORIES_NOW
from iteration import ITERATION_LATER, ITERATION_NOW
from later import LATER, body, generator
from machine import Machine, error, show
from now import NOW, gen_new, make_callback
from resources import RESOURCES_LATER, RESOURCES_NOW
from virtual_loop import Deadlock, Runaway, VirtualLoop, settle_open_orders, task_is_accelerated

PROGRAMS_PER_COLLECTION = 100
DRAIN_MS = 1000
SWEEPS = 2


async def pause(m):
    try:
        await asyncio.sleep(DRAIN_MS)
    except asyncio.CancelledError as e:
        m.log("drain", "!" + type(e).__name__)


async def main(m):
    """Body 0, then time for what was left running, then a cancel for what still is."""
    if m.program["apart"]:
        m.loop.create_task(body(m, 0), name="T0")
    else:
        try:
            await body(m, 0)
        except (Exception, asyncio.CancelledError, GeneratorExit, BaseExceptionGroup):
            pass
        m.log("main", "ended")
    for _ in range(SWEEPS):
        await pause(m)
        own = asyncio.current_task()
        for task in sorted(asyncio.all_tasks(), key=lambda task: task.get_name()):
            if task is not own:
                m.log("sweep", f"{task.get_name()} {'true' if task.cancel() else 'false'}")
    await pause(m)
    m.log("main", "END")
    m.over = True


def run_by_runner(m, runs):
    """Bodies 0, 1, … each as a main of its own, then what a runner does at its end."""
    runner = asyncio.Runner(loop_factory=lambda: m.loop)

    def freeze():
        # Closed once more, it does not do as ours (docs/differences.md).
        if m.exit_ignored or m.gens_closing > 0:
            m.over = True

    m.loop.before_shutdown = freeze
    for b in range(runs):
        try:
            m.log("run", show(runner.run(body(m, b), context=m.contexts[0])))
        except Deadlock:
            m.log("run", "DEADLOCK")
            break
        except (Exception, asyncio.CancelledError, GeneratorExit, BaseExceptionGroup) as e:
            m.log("run", "!" + error(e))
    try:
        runner.close()
    except Deadlock:
        m.log("close", "DEADLOCK")
    except (Exception, asyncio.CancelledError, GeneratorExit, BaseExceptionGroup) as e:
        m.log("close", "!" + error(e))
    m.log("main", "END")
    m.over = True


def run_one(program):
    loop = VirtualLoop()
    m = None
    try:
        # Primitives bind to a loop at their first wait, futures when they are made.
        events._set_running_loop(loop)
        m = Machine(program, loop)
        events._set_running_loop(None)
        m.body = body
        m.generator = generator
        m.eager = program["eager"]
        m.callbacks = [make_callback(m, i) for i in range(len(program["callbacks"]))]
        for x in range(len(program["generators"])):
            gen_new(m, None, {"x": x, "g": x})
        loop.set_exception_handler(lambda _, context: m.report(context))
        if m.eager:
            loop.set_task_factory(asyncio.eager_task_factory)
        runs = program.get("runs", 0)
        if runs > 0:
            run_by_runner(m, runs)
        else:
            loop.run_until_complete(main(m))
    except Deadlock:
        if not m.over:
            m.trace.append(f"{int(loop.now)} - - DEADLOCK")
    except Runaway:
        m.trace.append("RUNAWAY")
    finally:
        if m is not None:
            m.over = True
        events._set_running_loop(None)
        loop._ready.clear()
        loop._scheduled.clear()
        loop.close()
    return m.trace


count = 0


def run_batch(text):
    global count
    traces = []
    # Pyodide's own loop must not be found by what still moves in a program that is over.
    running = events._get_running_loop()
    events._set_running_loop(None)
    try:
        for program in json.loads(text):
            traces.append(run_one(program))
            count += 1
            if count % PROGRAMS_PER_COLLECTION == 0:
                gc.collect()
    finally:
        events._set_running_loop(running)
    return json.dumps(traces)


def interrupt(_signum, _frame):
    raise KeyboardInterrupt


def describe():
    return json.dumps({"version": sys.version.split()[0], "accelerated": task_is_accelerated()})


NOW.update(RESOURCES_NOW | ITERATION_NOW | FACTORIES_NOW)
LATER.update(RESOURCES_LATER | ITERATION_LATER)
gc.disable()
warnings.simplefilter("ignore")
# What the collector finds in a program that is over is no part of its trace.
sys.unraisablehook = lambda _: None
settle_open_orders()
# The watchdog's. In the place of Python's own handler a runner would put one that cancels the main task instead: the
# program would go on, with a cancel more.
signal.signal(signal.SIGINT, interrupt)
