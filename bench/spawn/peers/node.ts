import { spawn } from 'node:child_process';
import {
  AT_A_TIME,
  cpuMs,
  ONE_BY_ONE,
  printTimes,
  ROUNDS_OF_SEVERAL,
  SAID,
  SILENT,
  TALKING,
  WARM_UP,
} from '../workload.ts';

function silent(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(SILENT[0], [], { stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`exit code ${code}`))));
  });
}

function talking(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(TALKING[0], [TALKING[1]], { stdio: ['inherit', 'pipe', 'inherit'] });
    const pieces: Buffer[] = [];
    child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
    child.once('error', reject);
    child.once('close', () => (String(Buffer.concat(pieces)) === SAID ? resolve() : reject(new Error('wrong output'))));
  });
}

for (let i = 0; i < WARM_UP; i += 1) await silent();
const cpu = cpuMs();
const from = performance.now();
for (let i = 0; i < ONE_BY_ONE; i += 1) await silent();
const afterOne = performance.now();
for (let i = 0; i < ROUNDS_OF_SEVERAL; i += 1) await Promise.all(Array.from({ length: AT_A_TIME }, silent));
const afterSeveral = performance.now();
for (let i = 0; i < ONE_BY_ONE; i += 1) await talking();
printTimes({
  oneByOneMs: afterOne - from,
  severalMs: afterSeveral - afterOne,
  talkingMs: performance.now() - afterSeveral,
  cpuMs: cpuMs() - cpu,
});
