"""A loop on CPython's own scheduler whose clock jumps: only time, poll and the two orders that CPython leaves open are replaced."""

import asyncio
import inspect
import itertools
from asyncio import base_events, events, taskgroups, tasks


class Deadlock(BaseException):
    """Nothing is ready, no timer is set, and the main task is not over."""


class Runaway(BaseException):
    """More turns than any terminating program takes."""


class OrderedSet(dict):
    """A set that iterates in order of insertion; CPython's own goes by address, which differs from run to run."""

    def __init__(self, items=()):
        super().__init__((item, None) for item in items)

    def add(self, item):
        self[item] = None

    def discard(self, item):
        self.pop(item, None)

    def remove(self, item):
        del self[item]


class OrderedTimer(events.TimerHandle):
    """Timers of one deadline fire in the order in which they were made; CPython calls that order undefined."""

    __slots__ = ("_order",)
    _counter = itertools.count()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._order = next(OrderedTimer._counter)

    def __lt__(self, other):
        return (self._when, self._order) < (other._when, other._order)


def settle_open_orders():
    """Fixes the orders that CPython leaves to chance (docs/differences.md)."""
    all_tasks = tasks.all_tasks

    def in_order(loop=None):
        found = all_tasks(loop)
        made = (loop or events.get_running_loop()).made
        return OrderedSet(made[number] for number in sorted(made) if made[number] in found)

    tasks.all_tasks = in_order
    events.TimerHandle = OrderedTimer
    tasks.set = OrderedSet
    taskgroups.set = OrderedSet
    source = inspect.getsource(tasks._AsCompletedIterator)
    unordered = "{ensure_future(aw, loop=loop) for aw in set(aws)}"
    assert unordered in source, "as_completed of this CPython is another one"
    exec(source.replace(unordered, "set([ensure_future(aw, loop=loop) for aw in set(aws)])"), tasks.__dict__)


class JumpingSelector:
    """Instead of waiting for the next timer, moves the clock to it."""

    MAX_TURNS = 20_000

    def __init__(self, loop):
        self._loop = loop
        self._turns = 0

    def select(self, timeout):
        if timeout is None:
            raise Deadlock
        self._turns += 1
        if self._turns > self.MAX_TURNS:
            raise Runaway
        self._loop.now += timeout
        return ()


class VirtualLoop(base_events.BaseEventLoop):
    """Counts in whole milliseconds: asyncio never looks at the unit, and integers do not round."""

    def __init__(self):
        super().__init__()
        self.now = 0
        # In the order in which they were begun: an eager one may make others before it is returned.
        self.made = {}
        self._making = 0
        self._clock_resolution = 0.5
        self._selector = JumpingSelector(self)
        self._asyncgens = OrderedSet()

    def time(self):
        return self.now

    def _process_events(self, event_list):
        pass

    def _write_to_self(self):
        pass

    def create_task(self, coro, *, name=None, **kwargs):
        # The counter behind the default names is the process's; ours begins anew with each program.
        self._named = getattr(self, "_named", 0)
        if name is None:
            self._named += 1
            name = f"Task-{self._named}"
        number = self._making = self._making + 1
        named = self._named
        try:
            task = super().create_task(coro, name=name, **kwargs)
        except BaseException:
            # A factory that fails has made no task, and used no name up.
            if named == self._named and name == f"Task-{named}":
                self._named -= 1
            raise
        self.made[number] = task  # keeps it alive: a task that the collector ends is not what is compared here
        return task

    def _asyncgen_firstiter_hook(self, agen):
        # Our lazy operators are no generators of their own (docs/differences.md).
        if agen.__name__ != "<genexpr>":
            super()._asyncgen_firstiter_hook(agen)

    async def shutdown_asyncgens(self):
        self.before_shutdown()
        await super().shutdown_asyncgens()

    def before_shutdown(self):
        pass


def task_is_accelerated():
    return asyncio.Task is getattr(tasks, "_CTask", None)
