/**
 * Goes on with random programs: `npm run fuzz -- --seed 1 --minutes 5 --profile tasks`.
 *
 * --seed N      the first seed; the following ones are counted up (default: at random)
 * --minutes M   how long for each profile (default 1)
 * --programs N  how many programs for each profile, instead of a time
 * --profile P   one profile, or several with commas (default: all, in turn)
 * --coverage    prints how often each operation had each outcome
 * --save        puts what was found, shrunk, into the corpus
 */
import { writeFileSync } from 'node:fs';
import { setImmediate as nodesTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Comparison } from './compare.ts';
import { Coverage } from './coverage.ts';
import { loadCPython } from './cpython.ts';
import { generate } from './generate/generate.ts';
import { PROFILES } from './generate/profiles.ts';
import { renderDifference } from './render.ts';
import { shrink } from './shrink.ts';

const BATCH = 50;
const MINUTE_MS = 60_000;
/** Differences shown per profile: the rest are mostly the same again. */
const MAX_SHOWN = 3;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    minutes: { type: 'string', default: '1' },
    programs: { type: 'string' },
    profile: { type: 'string' },
    coverage: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
});

const first = Number(values.seed ?? Math.floor(Math.random() * 1_000_000_000));
const limit = values.programs === undefined ? Number.POSITIVE_INFINITY : Number(values.programs);
const span = values.programs === undefined ? Number(values.minutes) * MINUTE_MS : Number.POSITIVE_INFINITY;
const cpython = await loadCPython();
const comparison = new Comparison(cpython);
const coverage = new Coverage();
console.log(`CPython ${cpython.version}, ${cpython.accelerated ? 'C' : 'Python'} tasks; seeds from ${first}`);

async function fuzz(profile: string): Promise<number> {
  const start = performance.now();
  let count = 0;
  let failed = 0;
  while (count < limit && performance.now() - start < span && failed < MAX_SHOWN) {
    const size = Math.min(BATCH, limit - count);
    const programs = Array.from({ length: size }, (_, i) => generate(first + count + i, profile));
    for (const found of await comparison.differences(programs, (program, trace) => coverage.add(program, trace))) {
      failed += 1;
      if (failed > MAX_SHOWN) break;
      const smallest = await shrink(found, (program) => comparison.difference(program));
      console.log(`\n${renderDifference(smallest)}\n`);
      if (values.save) {
        const file = new URL(`corpus/${profile}-${smallest.program.seed}.json`, import.meta.url);
        writeFileSync(fileURLToPath(file), `${JSON.stringify(smallest.program, null, 1)}\n`);
      }
    }
    count += size;
    // Node's own turn: the collector's registries tell only then what is gone, and memory would grow.
    await nodesTurn();
  }
  const seconds = (performance.now() - start) / 1000;
  const endless = comparison.endless.splice(0).map(({ seed }) => seed);
  const without = endless.length === 0 ? '' : `, ${endless.length} that CPython does not end (${endless.join(', ')})`;
  console.log(`${profile}: ${count} programs, ${failed} with a difference${without}, ${seconds.toFixed(1)} s`);
  return failed;
}

let failures = 0;
for (const profile of values.profile?.split(',') ?? Object.keys(PROFILES)) failures += await fuzz(profile);
if (values.coverage) console.log(`\n${coverage}`);
process.exit(failures === 0 ? 0 : 1);
