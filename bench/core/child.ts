/**
 * One peer and one workload in a process of its own: node child.js PEER WORKLOAD. Prints the figure per operation,
 * the median of several calls after the warm-up, as one line of JSON.
 */
import { median } from '../lib/stats.ts';
import { type Peer, WORKLOADS, type WorkloadName } from './workload.ts';

/** In milliseconds: what is run before anything counts, so that the code is compiled; and what then counts. */
const WARM_UP_MS = 1500;
const MEASURED_MS = 1500;
const LEAST_SAMPLES = 3;

const [file, name, scale] = process.argv.slice(2);
const { peer } = (await import(new URL(`./peers/${file}.js`, import.meta.url).href)) as { peer: Peer };
const workload = peer.workloads[name as WorkloadName];
const n = Math.max(1000, Math.round(WORKLOADS[name as WorkloadName].n * Number(scale ?? 1)));

async function during(ms: number, least: number): Promise<number[]> {
  const samples: number[] = [];
  const until = performance.now() + ms;
  while (samples.length < least || performance.now() < until) {
    const { ops, total } = await workload(n);
    samples.push(total / ops);
  }
  return samples;
}

let samples: number[];
const cpuFrom = process.cpuUsage();
if (name === 'memory') {
  await workload(1000);
  samples = [(await workload(n)).total / n];
} else {
  await during(WARM_UP_MS, 1);
  samples = await during(MEASURED_MS, LEAST_SAMPLES);
}
const cpu = process.cpuUsage(cpuFrom);
const figure = { version: peer.version, perOp: median(samples), least: Math.min(...samples), samples: samples.length };
process.stdout.write(`${JSON.stringify({ ...figure, cpuMs: (cpu.user + cpu.system) / 1000 })}\n`);
