/** What both peers measure in the same way: delays, in milliseconds. */
import { compiled } from '../lib/place.ts';
import { type Command, runToEnd, startServer } from '../lib/processes.ts';
import { median } from '../lib/stats.ts';

export const TASKS = 1_000;
const CLIENTS_CPU = 1;
/** Milliseconds. */
export const BETWEEN_PROBES_MS = 1;

export type Delays = Record<string, number>;

export function addDelays(delays: Delays, name: string, values: readonly number[]): void {
  const sorted = [...values].sort((a, b) => a - b);
  delays[`${name}, median`] = median(sorted);
  delays[`${name}, p99`] = sorted[Math.floor(sorted.length * 0.99)]!;
  delays[`${name}, longest`] = sorted.at(-1)!;
}

/** Asks for one immediate after the other; the function ends that and gives how late each was. */
export function watchImmediates(): () => number[] {
  const late: number[] = [];
  let asked = performance.now();
  let pending: NodeJS.Immediate;
  const ran = (): void => {
    const now = performance.now();
    late.push(now - asked);
    asked = now;
    pending = setImmediate(ran);
  };
  pending = setImmediate(ran);
  return () => {
    clearImmediate(pending);
    return late;
  };
}

const client = (port: number, mode: string): Command => ({
  program: process.execPath,
  words: [compiled('fairness/client.js'), String(port), mode],
});

/** What one connection measures from outside, in a process of its own, while another floods the server if told to. */
export async function askFromOutside(port: number, flood: boolean): Promise<number[]> {
  const flooding = flood ? await startServer(client(port, 'flood'), CLIENTS_CPU) : undefined;
  const { code, output, errors } = await runToEnd(client(port, 'ask'), CLIENTS_CPU);
  await flooding?.stop();
  if (code !== 0) throw new Error(errors);
  return JSON.parse(output) as number[];
}
