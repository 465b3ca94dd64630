/** What both peers measure in the same way: delays, in milliseconds. */
import { spawn } from 'node:child_process';
import { compiled } from '../lib/place.ts';
import { canPin } from '../lib/processes.ts';
import { median } from '../lib/stats.ts';

export const TASKS = 1_000;
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

/** A program on the other CPU that asks the server on `port`, and floods it if told to. What it measured. */
export function askFromOutside(port: number, flood: boolean): Promise<number[]> {
  const words = [process.execPath, compiled('fairness/client.js'), String(port), flood ? 'flood' : 'alone'];
  if (canPin) words.unshift('taskset', '-c', '1');
  const child = spawn(words[0]!, words.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`client: ${code}`))));
  });
}
