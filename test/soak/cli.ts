/** npm run soak -- [--driver io_uring|epoll|node|all] [--minutes 10] [--actions N] [--seed N] */
import { parseArgs } from 'node:util';
import type { DriverName } from '../../src/io/driver.ts';
import { whyNot } from '../../src/loop/choose-driver.ts';
import { type SoakReport, soak } from './soak.ts';

const DRIVERS: readonly DriverName[] = ['io_uring', 'epoll', 'node'];
const MS_PER_MINUTE = 60_000;
/** In samples, which are a second apart. */
const PROGRESS_EVERY = 30;
/** More of them say nothing new. */
const MOST_FAILURES_SHOWN = 20;

const { values } = parseArgs({
  options: {
    driver: { type: 'string', default: 'all' },
    minutes: { type: 'string' },
    actions: { type: 'string' },
    seed: { type: 'string' },
  },
});

function numberOf(name: 'minutes' | 'actions' | 'seed', least: number): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value >= least) return value;
  console.error(`soak: --${name} must be a number from ${least} on, got ${text}`);
  process.exit(2);
}

const wanted = values.driver === 'all' ? DRIVERS : DRIVERS.filter((name) => name === values.driver);
if (wanted.length === 0) {
  console.error(`soak: --driver must be one of ${DRIVERS.join(', ')} or all, got ${values.driver}`);
  process.exit(2);
}
const actions = numberOf('actions', 1);
const minutes = numberOf('minutes', 0.01) ?? (actions === undefined ? 10 : undefined);
const seed = numberOf('seed', 0) ?? Date.now() % 1_000_000;

function show(io: DriverName, seconds: number, shown: number, { failures, bytes, done, health }: SoakReport): void {
  const counts = [...done].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, count]) => `  ${count} × ${what}`);
  const total = [...done.values()].reduce((sum, count) => sum + count, 0);
  console.log(`\n${io}, seed ${seed}: ${total} actions in ${seconds.toFixed(0)} s`);
  console.log(counts.join('\n'));
  console.log(`  ${(bytes / 1e6).toFixed(0)} MB each way, every byte checked; ${health}`);
  for (const failure of failures.slice(shown, MOST_FAILURES_SHOWN)) console.log(`FAILED ${failure}`);
  if (failures.length > MOST_FAILURES_SHOWN) console.log(`… and ${failures.length - MOST_FAILURES_SHOWN} more`);
  console.log(failures.length === 0 ? `${io}: nothing lost, nothing left` : `${io}: ${failures.length} failures`);
}

let failed = false;
for (const io of wanted) {
  const reason = whyNot(io);
  if (reason !== undefined) {
    console.log(`${io} is left out: ${reason}`);
    continue;
  }
  const begin = performance.now();
  const seconds = (): number => (performance.now() - begin) / 1000;
  let samples = 0;
  let shown = 0;
  const report = await soak({
    io,
    seed,
    actions,
    ms: minutes === undefined ? undefined : minutes * MS_PER_MINUTE,
    onSample({ tally, failures }) {
      while (shown < Math.min(failures.length, MOST_FAILURES_SHOWN)) console.log(`FAILED ${failures[shown++]}`);
      if (++samples % PROGRESS_EVERY !== 0) return;
      const mb = (tally.bytes / 1e6).toFixed(0);
      console.log(`${io}: ${seconds().toFixed(0)} s, ${mb} MB each way, ${failures.length} failures`);
    },
  });
  show(io, seconds(), shown, report);
  failed ||= report.failures.length > 0;
}
process.exitCode = failed ? 1 : 0;
