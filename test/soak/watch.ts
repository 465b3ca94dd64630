import type { Task } from 'tsyncio';

/** In milliseconds of this process's own time: on a busy machine the clock says little about what a program did. */
const HANGS_CPU_MS = 60_000;
/** In milliseconds by the clock, when nobody does anything. */
const HANGS_MS = 600_000;

export interface Watched {
  readonly what: string;
  readonly task: Task<unknown>;
  readonly cpu: number;
  readonly begin: number;
  hangs: boolean;
}

/** Finds what never ends, and cancels it. */
export class Watch {
  readonly #under = new Set<Watched>();
  readonly #onHang: (what: string) => void;

  constructor(onHang: (what: string) => void) {
    this.#onHang = onHang;
  }

  begin(what: string, task: Task<unknown>): Watched {
    const watched = { what, task, cpu: cpuMs(), begin: performance.now(), hangs: false };
    this.#under.add(watched);
    return watched;
  }

  end(watched: Watched): void {
    this.#under.delete(watched);
  }

  look(): void {
    for (const watched of this.#under) {
      const { what, task, cpu, begin, hangs } = watched;
      if (hangs || (cpuMs() - cpu < HANGS_CPU_MS && performance.now() - begin < HANGS_MS)) continue;
      watched.hangs = true;
      this.#onHang(what);
      task.cancel();
    }
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
