"""Task factories of a program's own."""

import asyncio
import inspect

from machine import Boom, show


class OwnTask(asyncio.Task):
    """A task class of the program's."""


def logging(m):
    def factory(loop, coro, **options):
        m.log("factory", show(options.get("eager_start")))
        return asyncio.Task(coro, loop=loop, **options)

    return factory


def subclass(m):
    return lambda loop, coro, **options: OwnTask(coro, loop=loop, **options)


def eager_subclass(m):
    return asyncio.create_eager_task_factory(OwnTask)


def failing(m):
    """Fails once, and takes itself away. What is done when the program is over is not its business."""

    def factory(loop, coro, **options):
        if m.over:
            return asyncio.Task(coro, loop=loop, **options)
        loop.set_task_factory(None)
        # A step of an asynchronous generator that was never begun would end the generator (docs/differences.md).
        if inspect.iscoroutine(coro):
            coro.close()
        raise Boom("factory")

    return factory


FACTORIES = {"log": logging, "sub": subclass, "eagerSub": eager_subclass, "fail": failing}


def own_factory(m, fr, op):
    m.eager = op["mode"] == "eagerSub"
    m.loop.set_task_factory(FACTORIES[op["mode"]](m))


def is_own(m, fr, op):
    """Which class the task has that runs."""
    task = asyncio.current_task()
    return isinstance(task, OwnTask)


FACTORIES_NOW = {"ownFactory": own_factory, "isOwn": is_own}
