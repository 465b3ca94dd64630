/** PORT ask: the round trips of a connection that has little to say, in milliseconds. PORT flood: others, that have much. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const [port, mode] = process.argv.slice(2);
const ROUND_TRIPS = 500;
const SMALL = Buffer.alloc(64, 'x');
const LARGE = Buffer.alloc(1024 * 1024, 'x');
const DEPTH = 16;
const SMALL_FLOODS = 16;

async function open(): Promise<Socket> {
  const socket = connect(Number(port), '127.0.0.1').setNoDelay();
  await once(socket, 'connect');
  return socket;
}

/** Keeps `depth` messages under way for ever. */
async function flood(message: Buffer, depth: number): Promise<void> {
  const socket = await open();
  let owed = 0;
  socket.on('data', (piece: Buffer) => {
    for (owed += piece.length; owed >= message.length; owed -= message.length) socket.write(message);
  });
  for (let i = 0; i < depth; i += 1) socket.write(message);
}

async function ask(): Promise<void> {
  const socket = await open();
  const times: number[] = [];
  for (let i = 0; i < ROUND_TRIPS; i += 1) {
    const from = performance.now();
    socket.write(SMALL);
    await once(socket, 'data');
    times.push(performance.now() - from);
    await sleep(1);
  }
  console.log(JSON.stringify(times));
  process.exit(0);
}

if (mode === 'flood') {
  for (let i = 0; i < SMALL_FLOODS; i += 1) await flood(SMALL, DEPTH);
  await flood(LARGE, 2);
  // It is there, as servers say it.
  console.log(`port ${port}`);
} else {
  await ask();
}
