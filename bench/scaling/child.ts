/**
 * One peer, one workload and one n in a process of its own: node child.js PEER WORKLOAD N. Prints, per thing, the median
 * time of several calls after the warm-up, and how much of the time was the collector's.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { median } from '../lib/stats.ts';
import type { Peer, WorkloadName } from './workload.ts';

/** How many things are made before anything counts, and then at the least; and how often at the least. */
const WARM_UP = 200_000;
const MEASURED = 500_000;
const LEAST_CALLS = 3;
/** Small ones many times: the code is compiled for them, whatever n is. */
const WARM_UP_N = 1_000;

const [file, name, count] = process.argv.slice(2);
const { peer } = (await import(new URL(`./peers/${file}.js`, import.meta.url).href)) as { peer: Peer };
const workload = peer[name as WorkloadName];
const n = Number(count);

/** In milliseconds; filled some time after the collections. */
let collecting = 0;
const observer = new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) collecting += duration;
});

for (let made = 0; made < WARM_UP; made += WARM_UP_N) await workload(WARM_UP_N);
global.gc?.();
observer.observe({ entryTypes: ['gc'] });
const from = performance.now();
const each: number[] = [];
while (each.length < LEAST_CALLS || each.length * n < MEASURED) each.push((await workload(n)) / n);
const took = performance.now() - from;
await pause(50);
console.log(JSON.stringify({ ns: median(each), collectorShare: collecting / took }));
