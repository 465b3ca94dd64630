/**
 * Where ours is not asyncio's name in camelCase, and why a name of asyncio is not here.
 *
 * Keys: `name`, `Class.member`, or `*.member` for that member of every class. A reason that begins with "not yet" is a
 * debt; all others are decisions.
 */
const POLICY =
  'deprecated in 3.14, gone in 3.16: `run(main, { loopFactory })` and `newEventLoop(options)` choose the loop';
const SELECTOR = 'one class, `EventLoop`, for every driver; `newEventLoop({ io })` chooses it';
const CALLED_BY_C =
  'not for programs: by it a task written in C tells the loop what it does; here tasks are of one kind, and know it';

/** Ours, where the spelling differs by more than case and underscores. */
export const RENAMES: Readonly<Record<string, string>> = {
  AbstractServer: 'Server',
  FrameCallGraphEntry: 'Frame',
  '*.__aenter__': 'enter',
  '*.__aexit__': 'exit',
  'Runner.__exit__': '[Symbol.asyncDispose]',
  'StreamReader.__aiter__': '[asyncIterate]',
};

/** Python spells in a class what TypeScript spells in an interface: these members are looked up in the class beside it. */
export const MEMBERS_FROM: Readonly<Record<string, string>> = {
  AbstractEventLoop: 'EventLoop',
};

export const REASONS: Readonly<Record<string, string>> = {
  BaseEventLoop: SELECTOR,
  SelectorEventLoop: SELECTOR,
  get_event_loop: '`getRunningLoop` inside a loop; outside of one it has nothing to give since 3.14',
  set_event_loop: 'there is no current loop besides the running one',
  get_event_loop_policy: POLICY,
  set_event_loop_policy: POLICY,
  _get_running_loop: '`getRunningLoop`; this one is for loops written by others',
  _set_running_loop: 'not for programs: a loop sets it around its turns',
  _enter_task: CALLED_BY_C,
  _leave_task: CALLED_BY_C,
  _register_task: CALLED_BY_C,
  _unregister_task: CALLED_BY_C,
  future_add_to_awaited_by: CALLED_BY_C,
  future_discard_from_awaited_by: CALLED_BY_C,

  'FrameCallGraphEntry.frame':
    'there are no frame objects: `functionName`, `file`, `line` and `column` are in the entry itself',
  'Runner.__enter__': '`await using runner = new Runner()`: the runner itself, nothing to call',
  'StreamReader.__anext__': 'part of what `[asyncIterate]()` returns',
  'TimeoutError.errno': 'a field of Python’s OSError, never set by asyncio; `code` is `ETIMEDOUT`',
  'TimeoutError.strerror': 'a field of Python’s OSError, never set by asyncio; see `message`',
  'TimeoutError.filename': 'a field of Python’s OSError, never set by asyncio',
  'TimeoutError.filename2': 'a field of Python’s OSError, never set by asyncio',
  'TimeoutError.characters_written': 'a field of Python’s OSError, never set by asyncio',
};
