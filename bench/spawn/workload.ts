/** What each peer does; asyncio_spawn.py has the same figures. */
export const ONE_BY_ONE = 200;
export const AT_A_TIME = 8;
export const ROUNDS_OF_SEVERAL = 40;
/** Before anything counts. */
export const WARM_UP = 20;
export const SILENT = ['true'] as const;
export const TALKING = ['echo', 'a beer, please'] as const;
export const SAID = 'a beer, please\n';

export function printTimes(times: {
  readonly oneByOneMs: number;
  readonly severalMs: number;
  readonly talkingMs: number;
  readonly cpuMs: number;
}): void {
  const each = {
    'one by one': times.oneByOneMs / ONE_BY_ONE,
    [`${AT_A_TIME} at a time`]: times.severalMs / (AT_A_TIME * ROUNDS_OF_SEVERAL),
    'output read': times.talkingMs / ONE_BY_ONE,
    'CPU of the parent': times.cpuMs / (2 * ONE_BY_ONE + AT_A_TIME * ROUNDS_OF_SEVERAL),
  };
  console.log(JSON.stringify(each));
}

export const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
