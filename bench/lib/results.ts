import { mkdirSync, writeFileSync } from 'node:fs';
import { BENCH } from './place.ts';

/** Writes one run's figures to bench/results and gives the path. */
export function writeResults(suite: string, result: { readonly machine: { readonly date: string } }): string {
  mkdirSync(`${BENCH}results`, { recursive: true });
  const path = `${BENCH}results/${suite}-${result.machine.date.replaceAll(/[:.]/g, '-')}.json`;
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
  return path;
}
