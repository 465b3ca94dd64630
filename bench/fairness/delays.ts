/** What both peers measure in the same way: delays, in milliseconds. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
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

/** `client.js` on the other CPU. */
function startClient(port: number, mode: string): ChildProcess {
  const words = [process.execPath, compiled('fairness/client.js'), String(port), mode];
  if (canPin) words.unshift('taskset', '-c', '1');
  return spawn(words[0]!, words.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
}

function textOf(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(text) : reject(new Error(`client: ${code}`))));
  });
}

/** What one connection measures from outside, in a process of its own, while another floods the server if told to. */
export async function askFromOutside(port: number, flood: boolean): Promise<number[]> {
  const flooding = flood ? startClient(port, 'flood') : undefined;
  if (flooding !== undefined) await once(flooding.stdout!, 'data');
  const times = JSON.parse(await textOf(startClient(port, 'ask'))) as number[];
  if (flooding !== undefined) {
    flooding.kill('SIGKILL');
    await once(flooding, 'close');
  }
  return times;
}
