import { checkInteger } from './check.ts';
import type { WriteBufferLimits } from './transport.ts';

/** In bytes, as asyncio's: enough to keep a fast network busy during one turn. */
const DEFAULT_HIGH = 64 * 1024;
/** Between the marks, so that a writer does not go to and fro at every message. */
const RATIO = 4;

/** The marks of a write buffer. Those that nobody has set are one object for all, see `DEFAULT_MARKS`. */
export class WaterMarks {
  high = DEFAULT_HIGH;
  low = DEFAULT_HIGH / RATIO;

  set({ high, low }: WriteBufferLimits = {}): void {
    if (high !== undefined) checkInteger(high, 'setWriteBufferLimits: high', 0);
    if (low !== undefined) checkInteger(low, 'setWriteBufferLimits: low', 0);
    const newHigh = high ?? (low === undefined ? DEFAULT_HIGH : RATIO * low);
    const newLow = low ?? Math.floor(newHigh / RATIO);
    if (newLow > newHigh) {
      throw new RangeError(`setWriteBufferLimits: high (${newHigh}) must be at least low (${newLow})`);
    }
    this.high = newHigh;
    this.low = newLow;
  }
}

/** Not to be set: who wants others makes them. */
export const DEFAULT_MARKS: Readonly<Pick<WaterMarks, 'high' | 'low'>> = new WaterMarks();
