import type { Coroutine } from 'tsyncio';
import type { Random } from '../../differential/generate/random.ts';
import type { Service } from '../services.ts';

/** Something that the soak does again and again. */
export interface Action {
  readonly name: string;
  /** Whose restarts disturb it. */
  readonly service?: Service | undefined;
  /**
   * Does it once, and cleans up also when it is cancelled. `rough`: somebody may break the connection off on the way.
   * Returns how many bytes went each way.
   */
  run(random: Random, rough: boolean): Coroutine<number>;
}
