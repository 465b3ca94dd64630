/** Memory and descriptors in the course of a soak, and whether they stay where they are. */
import { openDescriptors } from '../support/open-descriptors.ts';

const MB = 1024 * 1024;

interface Sample {
  readonly heap: number;
  /** Memory outside of the heap that JavaScript holds. */
  readonly external: number;
  readonly rss: number;
  readonly descriptors: number;
}
type Figure = keyof Sample;

/** In bytes, how much higher the last third may be than the first one after the warm-up, and by what factor. */
const ALLOWED: Record<Figure, readonly [bytes: number, factor: number]> = {
  heap: [6 * MB, 1.15],
  external: [16 * MB, 1.25],
  rss: [40 * MB, 1.2],
  // Not in bytes: connections under way at the moment of the sample.
  descriptors: [60, 1.5],
};
/** In samples: fewer say nothing of a trend. */
const FEWEST = 30;

export class Health {
  readonly #samples: Sample[] = [];

  /** After a collection where there is one to be had (`--expose-gc`), so that what is left is what is held. */
  sample(): void {
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    this.#samples.push({ heap: heapUsed, external, rss, descriptors: openDescriptors().length });
  }

  /** What grew, in words; nothing when there were too few samples. */
  growth(): string[] {
    if (this.#samples.length < FEWEST) return [];
    return (Object.keys(ALLOWED) as Figure[]).flatMap((figure) => {
      const [early, late] = this.trend(figure);
      const [more, factor] = ALLOWED[figure];
      const limit = Math.max(early + more, early * factor);
      return late > limit ? [`${figure} grew from ${shown(figure, early)} to ${shown(figure, late)}`] : [];
    });
  }

  /** The medians of the second and of the last fifth: the first one is the warm-up. */
  trend(figure: Figure): readonly [early: number, late: number] {
    const values = this.#samples.map((sample) => sample[figure]);
    const fifth = Math.max(1, Math.floor(values.length / 5));
    return [median(values.slice(fifth, 2 * fifth)), median(values.slice(-fifth))];
  }

  toString(): string {
    const figures = (Object.keys(ALLOWED) as Figure[]).map((figure) => {
      const [early, late] = this.trend(figure);
      return `${figure} ${shown(figure, early)} → ${shown(figure, late)}`;
    });
    return `${figures.join(', ')} (${this.#samples.length} samples)`;
  }
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function shown(figure: Figure, value: number): string {
  return figure === 'descriptors' ? String(value) : `${(value / MB).toFixed(1)} MiB`;
}
