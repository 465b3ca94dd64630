/** What a program without I/O uses, most of it: the exports whose bundle is measured, and held to its limit by a test. */
export const CORE_NAMES = [
  ...['createTask', 'gather', 'sleep', 'wait', 'waitFor', 'shield', 'asCompleted', 'timeout', 'TaskGroup', 'Future'],
  ...['Lock', 'Event', 'Condition', 'Semaphore', 'Queue'],
] as const;
