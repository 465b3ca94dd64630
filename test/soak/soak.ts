/** Random traffic of every kind on one loop: connects, transfers, cancels, resets, restarts; and a look at what is left. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Coroutine, createTask, gather, getRunningLoop, newEventLoop, run, sleep } from 'tsyncio';
import type { DriverName } from '../../src/io/driver.ts';
import { Random } from '../differential/generate/random.ts';
import { openDescriptors } from '../support/open-descriptors.ts';
import type { Action } from './actions/action.ts';
import { DatagramAction } from './actions/datagram-action.ts';
import { DescriptorAction } from './actions/descriptor-action.ts';
import { PipeAction } from './actions/pipe-action.ts';
import { ProtocolAction } from './actions/protocol-action.ts';
import { StreamAction } from './actions/stream-action.ts';
import { SubprocessAction } from './actions/subprocess-action.ts';
import { Health } from './health.ts';
import { ProtocolService, type StreamService, TcpService, UnixService, UpgradeService } from './services.ts';
import { visit } from './visitor.ts';
import { World } from './world.ts';

export interface SoakOptions {
  readonly io: DriverName;
  readonly seed: number;
  /** When it ends: after so many actions, or so many milliseconds, whatever comes first. */
  readonly actions?: number | undefined;
  readonly ms?: number | undefined;
  /** Called about every second. */
  readonly onSample?: ((world: World) => void) | undefined;
}

export interface SoakReport {
  readonly failures: readonly string[];
  readonly bytes: number;
  readonly done: ReadonlyMap<string, number>;
  readonly health: Health;
}

/** Actions at the same time. */
const VISITORS = 24;
const FIFOS = 4;
/** A server is restarted once in so many actions. */
const ACTIONS_A_RESTART = 40;
const SAMPLE_MS = 1_000;

export async function soak(options: SoakOptions): Promise<SoakReport> {
  const world = new World(options.io);
  const health = new Health();
  const before = openDescriptors();
  const loopFactory = () => {
    const loop = newEventLoop({ io: options.io });
    loop.setExceptionHandler((_loop, context) => world.reported(context));
    return loop;
  };
  await run(() => main(world, health, options), { loopFactory });
  const left = openDescriptors().filter((one) => !before.includes(one) && /:/.test(one));
  if (left.length > 0) world.fail('descriptors at the end', left.join(', '));
  for (const one of health.growth()) world.fail('memory', one);
  return { failures: world.failures, bytes: world.tally.bytes, done: world.tally.done, health };
}

function* main(world: World, health: Health, options: SoakOptions): Coroutine<void> {
  const loop = getRunningLoop();
  const actions = yield* prepare(world);
  const end = loop.time() + (options.ms ?? Number.POSITIVE_INFINITY);
  let left = options.actions ?? Number.POSITIVE_INFINITY;
  const goOn = (): boolean => left-- > 0 && loop.time() < end;
  const sampling = createTask(sample(world, health, options));
  yield* visitors(world, actions, options.seed, goOn);
  sampling.cancel();
}

/** Visitors side by side for as long as `goOn` says; then all is closed, and nothing may be left. */
export function* visitors(world: World, actions: Weighted, seed: number, goOn: () => boolean): Coroutine<void> {
  const loop = getRunningLoop();
  const before = loop.statistics.tasks;
  yield* gather(
    Array.from({ length: VISITORS }, (_, i) => visitor(world, actions, new Random(seed * 1_000 + i), goOn)),
  );
  yield* world.close();
  yield* settled(before);
  const { inFlight, sockets, tasks } = loop.statistics;
  if (inFlight !== 0 || sockets !== 0 || tasks !== before) {
    world.fail('at the end', `${inFlight} operations, ${sockets} sockets, ${tasks - before} tasks`);
  }
}

function* visitor(world: World, actions: Weighted, random: Random, goOn: () => boolean): Coroutine<void> {
  while (goOn()) {
    if (random.below(ACTIONS_A_RESTART) > 0) {
      yield* visit(world, random.weighted(actions), random);
    } else {
      const service = random.pick(world.services);
      const broken = random.chance(0.7);
      if (yield* service.restart(broken)) world.count(`restart of ${service.name}, ${broken ? 'broken' : 'orderly'}`);
    }
  }
}

type Weighted = readonly (readonly [Action, number])[];

/** What goes everywhere where there are stream sockets. */
export function* prepareStreams(world: World, services: readonly StreamService[]): Coroutine<Weighted> {
  const protocol = new ProtocolService();
  for (const service of [...services, protocol]) {
    yield* service.start();
    world.services.push(service);
  }
  const weights = [6, 4, 2, 1];
  const streams = services.map((one, i) => [new StreamAction(one), weights[i]!] as const);
  return [...streams, [new ProtocolAction(protocol), 4]];
}

function* prepare(world: World): Coroutine<Weighted> {
  const streams = [
    new TcpService('tcp', false),
    new UnixService(world.folder),
    new TcpService('tls', true),
    new UpgradeService(),
  ];
  const actions = [...(yield* prepareStreams(world, streams))];
  actions.push([new DatagramAction(), 2], [new SubprocessAction(), 0.2]);
  if (world.io === 'node') return actions;
  for (let i = 0; i < FIFOS; i++) {
    const path = join(world.folder, `fifo-${i}`);
    if (spawnSync('mkfifo', [path]).status !== 0) return actions;
    world.fifos.putNowait(path);
  }
  actions.push([new PipeAction(world), 2], [new DescriptorAction(), 2]);
  return actions;
}

function* sample(world: World, health: Health, { onSample }: SoakOptions): Coroutine<void> {
  for (;;) {
    yield* sleep(SAMPLE_MS);
    health.sample();
    world.watch.look();
    onSample?.(world);
  }
}

/** Where one end was broken off, the other takes some turns to notice; so does a task that is being cancelled. */
function* settled(tasks: number): Coroutine<void> {
  const loop = getRunningLoop();
  const end = loop.time() + 10_000;
  while ((loop.statistics.sockets > 0 || loop.statistics.tasks > tasks) && loop.time() < end) yield* sleep(1);
}
