"""The state of one program under CPython, its trace, and how values and errors are spelled in it."""

import asyncio
import re
from contextlib import AsyncExitStack

MAX_STEPS = 600
MAX_EVENTS = 1500

ERROR_NAMES = {
    "ValueError": "ValueError",
    "TypeError": "ValueError",
    "KeyError": "LookupError",
}

REPORTS = (
    ("callback", re.compile(r"^Exception in callback")),
    ("shield", re.compile(r"exception in shielded future")),
    ("orphan", re.compile(r"has errored out but its parent task")),
    ("asyncgen", re.compile(r"closing of asynchronous generator")),
    ("shutdown", re.compile(r"^unhandled exception during")),
    ("custom", re.compile(r"^custom")),
)
# Reports that depend on when the collector runs.
COLLECTED = re.compile(r"never retrieved|was destroyed but it is pending")


class Boom(Exception):
    """The error that programs raise."""


class Return:
    """A body's `return`, on its way out of nested blocks."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


class Frame:
    """Where a step runs: `level` is that of the body, so that a task only ever awaits tasks of higher level (no cycles)."""

    __slots__ = ("level",)

    def __init__(self, level):
        self.level = level


def show(value):
    if value is None:
        return "None"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, BaseException):
        return error(value)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(show(item) for item in value) + "]"
    if asyncio.isfuture(value):
        return "future"
    return str(value)


def error(e):
    if isinstance(e, asyncio.CancelledError):
        return f"CancelledError({e.args[0] if e.args and e.args[0] is not None else ''})"
    if isinstance(e, Boom):
        return f"Boom({e.args[0]})"
    if isinstance(e, BaseExceptionGroup):
        return "Group[" + ",".join(error(inner) for inner in e.exceptions) + "]"
    name = type(e).__name__
    return ERROR_NAMES.get(name, name)


class Machine:
    def __init__(self, program, loop):
        self.program = program
        self.loop = loop
        self.trace = []
        self.over = False
        self.steps = 0
        self.spawned = 0
        shapes = program["objects"]
        self.slots = [None] * shapes["slots"]
        self.levels = [-1] * shapes["slots"]
        self.keep = []
        for k in range(shapes["futures"]):
            self.fill(k, loop.create_future(), 99)
        self.locks = [asyncio.Lock() for _ in range(shapes["locks"])]
        self.events = [asyncio.Event() for _ in range(shapes["events"])]
        self.sems = [
            (asyncio.BoundedSemaphore if s["bounded"] else asyncio.Semaphore)(s["value"]) for s in shapes["semaphores"]
        ]
        self.conds = [asyncio.Condition(self.locks[0] if c["shared"] else None) for c in shapes["conditions"]]
        self.bars = [asyncio.Barrier(parties) for parties in shapes["barriers"]]
        kinds = {"fifo": asyncio.Queue, "lifo": asyncio.LifoQueue, "priority": asyncio.PriorityQueue}
        self.queues = [kinds[q["kind"]](q["max"]) for q in shapes["queues"]]
        self.counters = [0] * 4
        self.groups = [None] * 4
        self.group_levels = [0] * 4
        self.timeouts = [None] * 4
        self.stacks = [AsyncExitStack() for _ in range(2)]
        # Entered by hand, and not left.
        self.group_open = [False] * 4
        # Entered otherwise than by a with statement: may be left before an eager child of it is registered, and that
        # breaks CPython's (docs/differences.md).
        self.group_loose = [False] * 4
        self.timeout_open = [False] * 4
        self.iterators = [None] * 4
        self.iterator_levels = [0] * 4
        self.handles = [None] * 4
        self.contexts = [None] * 4
        self.tokens = [None] * 4
        self.gens = [None] * 4
        # A generator that emitted while it was closed: CPython holds it for closed from then on, tsyncio closes it again.
        self.exit_ignored = False
        # How many are being closed: such a one may ignore it, and must not be closed again before that is known.
        self.gens_closing = 0
        self.gens_over = [True] * 4
        self.gens_started = [False] * 4
        self.context_runs = 0
        self.callbacks = []

    def fill(self, k, future, level):
        self.slots[k] = future
        self.levels[k] = level
        self.keep.append(future)

    def log(self, label, outcome):
        if self.over:
            return
        task = asyncio.current_task(self.loop)
        self.trace.append(f"{int(self.loop.now)} {task.get_name() if task else '-'} {label} {outcome}")
        if len(self.trace) >= MAX_EVENTS:
            self.over = True

    def spent(self):
        """Counts a step; true when the program has to end."""
        self.steps += 1
        if self.steps > MAX_STEPS and not self.over:
            self.log("-", "BUDGET")
            self.over = True
        return self.over

    def report(self, context):
        message = context["message"]
        if self.over or COLLECTED.search(message):
            return
        kind = next((name for name, pattern in REPORTS if pattern.search(message)), message)
        e = context.get("exception")
        if kind == "asyncgen":
            self.exit_ignored = True
        self.log("handler", f"{kind} {error(e) if e is not None else '-'}")


def swallows(op, e):
    mode = op.get("c")
    if mode == "all":
        return isinstance(e, (Exception, asyncio.CancelledError))
    return mode == "err" and isinstance(e, Exception)
