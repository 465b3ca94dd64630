/** Makes the program of a seed. */
import type { Objects, Op, Program } from '../program.ts';
import { LATER, NOW } from './catalog.ts';
import { type Fields, FUTURE_SLOTS, type Maker, NEEDS_CALLBACK, type Place, type Scope } from './operations.ts';
import { PROFILES, type Profile } from './profiles.ts';
import { Random } from './random.ts';

const TASK_SLOTS = 5;
const CALLBACK_LEVEL = -1;
const GENERATOR_LEVEL = 98;
/** As `EXIT_LEVEL` in cpython/resources.py. */
const EXIT_LEVEL = 97;
/** Of exits that do not suspend. With no bodies either: one that starts a task eagerly could recurse without end. */
const SYNC_EXIT_LEVEL = 96;
/** Operations that cannot fail, or whose failure is seldom of interest, need no `c`. */
const HARMLESS = new Set(['spin', 'state', 'who', 'return', 'all', 'evIs', 'evSet', 'evClear', 'cvGet', 'qstate']);
/** A generator's `await`s must not reach into tasks; see `Program`. */
const GENERATOR_OPS = new Set([
  'sleep',
  'await',
  'spin',
  'set',
  'cancel',
  'cancelSelf',
  'raise',
  'evWait',
  'cvGet',
  'cvSet',
  'qget',
  'return',
]);

type Choices = readonly (readonly [string, number])[];

/** Condition operations mostly fail where the lock is not held. */
const CONDITIONAL = new Set(['condWait', 'condFor', 'notify', 'notifyAll']);
const INSIDE_CONDITION = 3;
const OUTSIDE_CONDITION = 0.25;
/** Callbacks that schedule callbacks soon use up a program's steps. */
const SCHEDULING = new Set(['soon', 'later', 'at', 'addCb']);
const IN_CALLBACK = 0.25;

function scaled(weights: Choices, names: Set<string>, factor: number): Choices {
  return weights.map(([name, weight]) => [name, names.has(name) ? weight * factor : weight] as const);
}

class Writer {
  readonly random: Random;
  readonly #weights: Choices;
  readonly #conditionWeights: Choices;
  readonly #nowWeights: Choices;
  readonly #generatorWeights: Choices;
  readonly #bodies: number;
  readonly #callbacks: number;
  readonly #generators: number;
  #id = 0;

  constructor(random: Random, profile: Profile) {
    this.random = random;
    this.#bodies = random.between(2, 6);
    this.#callbacks = random.between(1, 3);
    const weights = Object.entries(profile.weights);
    this.#weights = scaled(weights, CONDITIONAL, OUTSIDE_CONDITION);
    this.#conditionWeights = scaled(weights, CONDITIONAL, INSIDE_CONDITION);
    this.#nowWeights = scaled(
      weights.filter(([name]) => name in NOW),
      SCHEDULING,
      IN_CALLBACK,
    );
    this.#generatorWeights = [...weights.filter(([name]) => GENERATOR_OPS.has(name)), ['emit', 18], ['sleep', 8]];
    this.#generators = profile.weights.genNew === undefined ? 0 : 2;
  }

  #place(level: number, depth: number, scope: Scope): Place {
    return {
      random: this.random,
      level,
      depth,
      bodies: this.#bodies,
      callbacks: this.#callbacks,
      generators: this.#generators,
      slots: FUTURE_SLOTS + TASK_SLOTS,
      scope,
      block: (low, high, inner = scope) => this.block(level, depth + 1, this.random.between(low, high), inner),
      exit: (suspending) =>
        this.block(suspending ? EXIT_LEVEL : SYNC_EXIT_LEVEL, depth + 1, this.random.between(0, 2), {}),
    };
  }

  #catches(name: string): Fields {
    if (HARMLESS.has(name)) return {};
    return this.random.weighted<Fields>([
      [{}, 5],
      [{ c: 'err' }, 5],
      [{ c: 'all' }, 1],
    ]);
  }

  #operation(level: number, depth: number, scope: Scope, weights: Choices): Op {
    for (;;) {
      const name = this.random.weighted(weights);
      if (name === 'emit') return { op: name, id: ++this.#id, v: this.random.between(20, 29), ...this.#catches(name) };
      const make: Maker = NOW[name] ?? LATER[name]!;
      if (NEEDS_CALLBACK.has(name) && this.#callbacks === 0) continue;
      const id = ++this.#id;
      const fields = make(this.#place(level, depth, scope));
      if (fields !== undefined) return { op: name, id, ...fields, ...this.#catches(name) };
    }
  }

  #choices(level: number, scope: Scope): Choices {
    if (level === CALLBACK_LEVEL || level === SYNC_EXIT_LEVEL) return this.#nowWeights;
    if (level === GENERATOR_LEVEL) return this.#generatorWeights;
    return scope.condition === undefined ? this.#weights : this.#conditionWeights;
  }

  block(level: number, depth: number, count: number, scope: Scope = {}): Op[] {
    const choices = this.#choices(level, scope);
    return Array.from({ length: count }, () => this.#operation(level, depth, scope, choices));
  }

  /** The main body first sets tasks going, as nothing happens in a program without. */
  #main(): Op[] {
    const ops: Op[] = [];
    const rest = this.block(0, 0, this.random.between(2, 5));
    for (let i = 0; i < TASK_SLOTS && i < this.#bodies - 1; i++) {
      if (!this.random.chance(0.8)) continue;
      const fields = NOW.spawn!(this.#place(0, 0, {}));
      ops.push({ op: 'spawn', id: ++this.#id, ...fields, k: FUTURE_SLOTS + i });
      if (this.random.chance(0.25)) ops.push(rest.pop() ?? { op: 'sleep', id: ++this.#id, ms: 0 });
    }
    return [...ops, ...rest];
  }

  write(): Pick<Program, 'bodies' | 'callbacks' | 'generators'> {
    const bodies = [this.#main()];
    for (let b = 1; b < this.#bodies; b++) bodies.push(this.block(b, 0, this.random.between(1, 5)));
    const callbacks = Array.from({ length: this.#callbacks }, () =>
      this.block(CALLBACK_LEVEL, 0, this.random.between(0, 2)),
    );
    const generators = Array.from({ length: this.#generators }, () => ({
      ops: this.block(GENERATOR_LEVEL, 9, this.random.between(1, 5)),
      final: this.block(GENERATOR_LEVEL, 9, this.random.chance(0.5) ? 0 : this.random.between(1, 2)),
    }));
    return { bodies, callbacks, generators };
  }
}

function objects(random: Random): Objects {
  const semaphore = (): Objects['semaphores'][number] => ({ value: random.below(3), bounded: random.chance(0.4) });
  return {
    slots: FUTURE_SLOTS + TASK_SLOTS,
    futures: FUTURE_SLOTS,
    locks: 2,
    events: 2,
    semaphores: [semaphore(), semaphore()],
    conditions: [{ shared: false }, { shared: random.chance(0.5) }],
    barriers: [random.between(1, 3), random.between(2, 3)],
    queues: [
      { kind: 'fifo', max: random.below(3) },
      { kind: 'lifo', max: random.below(3) },
      { kind: 'priority', max: random.below(3) },
    ],
  };
}

/** The program of a seed in a profile. */
export function generate(seed: number, profileName: string): Program {
  const profile = PROFILES[profileName];
  if (profile === undefined) throw new RangeError(`no profile ${profileName}: ${Object.keys(PROFILES).join(', ')}`);
  const random = new Random(seed);
  return {
    seed,
    profile: profileName,
    eager: random.chance(profile.eager),
    apart: random.chance(0.6),
    objects: objects(random),
    ...new Writer(random, profile).write(),
    ...(profile.runs > 0 && random.chance(profile.runs) ? { runs: random.between(1, 2) } : {}),
  };
}
