import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { addDelays, askFromOutside, BETWEEN_PROBES_MS, type Delays, TASKS, watchImmediates } from '../delays.ts';

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    if (!socket.write(bytes)) socket.pause();
  });
  socket.on('drain', () => socket.resume());
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;

let stop = false;

async function promises(late: number[]): Promise<void> {
  while (!stop) {
    await sleep(BETWEEN_PROBES_MS);
    const from = performance.now();
    await Promise.resolve();
    late.push(performance.now() - from);
  }
}

/** Rests only so far as immediates let others in. */
async function busy(): Promise<void> {
  while (!stop) await new Promise((resolve) => setImmediate(resolve));
}

async function scenario(delays: Delays, name: string, flood: boolean): Promise<void> {
  stop = false;
  const immediates = watchImmediates();
  const late: number[] = [];
  const tasks = [promises(late)];
  if (!flood) for (let i = 0; i < TASKS; i += 1) tasks.push(busy());
  const trips = await askFromOutside(port, flood);
  stop = true;
  await Promise.all(tasks);
  addDelays(delays, `${name}: setImmediate`, immediates());
  addDelays(delays, `${name}: promise`, late);
  addDelays(delays, `${name}: connection`, trips);
}

const delays: Delays = {};
await scenario(delays, 'tasks', false);
await scenario(delays, 'flood', true);
console.log(JSON.stringify(delays));
process.exit(0);
