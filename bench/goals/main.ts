/** `npm run bench goals`: what is a number to keep rather than a race. */
import { readFileSync } from 'node:fs';
import { compileC } from '../lib/compile-c.ts';
import { BASELINE, echoServers } from '../lib/echo-servers.ts';
import { type IdleFigures, SERVER_CPU, shapeWords } from '../lib/load.ts';
import { describeMachine, machineLine } from '../lib/machine.ts';
import { listOption, numberOption, parseOptions } from '../lib/options.ts';
import { compiled } from '../lib/place.ts';
import { beUrgent, runToEnd, startServer } from '../lib/processes.ts';
import { writeResults } from '../lib/results.ts';
import { type BenchServer, DRIVERS, sortOut } from '../lib/servers.ts';
import { summarise } from '../lib/stats.ts';
import { figure, formatTable, ratio } from '../lib/table.ts';

const options = parseOptions(process.argv.slice(2), {
  only: 'idle-connections,idle-loop,virtual',
  connections: 'held by one process (10000)',
  seconds: 'of silence before each connection echoes (5)',
  rounds: 'of virtual (5)',
  urgent: 'in real time (root only)',
});

const residentKb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN);

interface Idle {
  readonly server: string;
  readonly kbPerConnection?: number;
  readonly figures?: IdleFigures;
  readonly error?: string;
}

async function holdIdle(load: string, server: BenchServer, connections: number, seconds: number): Promise<Idle> {
  const running = await startServer(server.command, SERVER_CPU);
  try {
    const before = residentKb(running.pid);
    const own = ['--port', String(running.port), '--server-pid', String(running.pid)];
    const idle = ['--idle', String(seconds), '--messages', '2'];
    const words = [...own, ...shapeWords({ connections, size: 64, depth: 1 }), ...idle];
    const ended = await runToEnd({ program: load, words });
    if (ended.code !== 0) return { server: server.name, error: `${ended.errors}${ended.output}`.trim() };
    const figures = JSON.parse(ended.output) as IdleFigures;
    return { server: server.name, figures, kbPerConnection: (figures.idleServerKb - before) / connections };
  } finally {
    await running.stop();
  }
}

async function idleConnections(): Promise<Idle[]> {
  const connections = numberOption(options, 'connections', 10_000);
  const seconds = numberOption(options, 'seconds', 5);
  const load = compileC('load/echo-load.c');
  const idles: Idle[] = [];
  for (const server of sortOut(echoServers()).servers) idles.push(await holdIdle(load, server, connections, seconds));
  const base = idles.find(({ server }) => server === BASELINE)?.kbPerConnection ?? Number.NaN;
  const rows = idles.map(({ server, figures, kbPerConnection, error }) => {
    if (figures === undefined) return [server, `failed: ${error?.split('\n')[0]}`, '', '', '', ''];
    const { idleServerCpuSeconds, messages, messagesPerSecond } = figures;
    const perSecond = (idleServerCpuSeconds * 1000) / seconds;
    return [
      server,
      String(messages),
      figure(messagesPerSecond),
      figure(kbPerConnection ?? Number.NaN),
      ratio((kbPerConnection ?? Number.NaN) / base),
      figure(perSecond),
    ];
  });
  console.log(`\n${connections} connections, ${seconds} s of silence, then two messages each`);
  console.log(formatTable(['server', 'echoed', 'msg/s', 'kB a connection', '× net', 'idle CPU ms/s'], rows));
  return idles;
}

async function idleLoop(): Promise<Record<string, number>> {
  const used: Record<string, number> = {};
  console.log('');
  for (const io of DRIVERS) {
    const command = { program: process.execPath, words: [compiled('goals/idle-loop.js')], env: { TSYNCIO_IO: io } };
    const ended = await runToEnd(command, SERVER_CPU);
    if (ended.code !== 0) throw new Error(ended.errors);
    const { cpuMs, idleMs } = JSON.parse(ended.output) as { cpuMs: number; idleMs: number };
    used[io] = cpuMs;
    console.log(`idle loop, ${io}: ${figure(cpuMs)} ms of CPU in ${idleMs / 1000} s`);
  }
  return used;
}

async function virtual(): Promise<number[]> {
  const rounds = numberOption(options, 'rounds', 5);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const ended = await runToEnd({ program: process.execPath, words: [compiled('goals/virtual.js')] });
    if (ended.code !== 0) throw new Error(ended.errors);
    times.push((JSON.parse(ended.output) as { ms: number }).ms);
  }
  const { median, min, max } = summarise(times);
  const range = `${figure(min)} to ${figure(max)}`;
  console.log(`\nrunVirtual, 100,000 tasks that sleep five times each: ${figure(median)} ms (${range})`);
  return times;
}

const jobs: Record<string, () => Promise<unknown>> = {
  virtual,
  'idle-loop': idleLoop,
  'idle-connections': idleConnections,
};
if (options.has('urgent')) beUrgent();
const machine = describeMachine();
console.log(machineLine(machine));
const results: Record<string, unknown> = {};
for (const name of listOption(options, 'only', Object.keys(jobs))) {
  const job = jobs[name];
  if (job === undefined) throw new Error(`no goal ${name}`);
  results[name] = await job();
}
console.log(`\n${writeResults('goals', { machine, ...results })}`);
