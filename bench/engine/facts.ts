/** What the engine charges for the things that docs/design/scheduler.md rests on, in a process of its own: JSON on one line. */
import { median } from '../lib/stats.ts';

const OPERATIONS = 2_000_000;
const WARM_UPS = 3;
const SAMPLES = 5;
/** More than the engine keeps apart at one place. */
const FUNCTIONS = 12;
const KEPT = 64;
const DEPTHS = [1, 2, 4, 8, 16];

class Base {
  deadline: number;
  scheduled = false;
  dropped = false;

  constructor(deadline: number) {
    this.deadline = deadline;
  }
}

class Derived extends Base {
  state = 0;
  waiter: object | undefined = undefined;
  error: object | undefined = undefined;
}

class Alone {
  deadline: number;
  scheduled = false;
  dropped = false;
  state = 0;
  waiter: object | undefined = undefined;
  error: object | undefined = undefined;

  constructor(deadline: number) {
    this.deadline = deadline;
  }
}

const SUSPENDED = { value: undefined, done: false as const };
interface Leaf {
  next(): typeof SUSPENDED;
  [Symbol.iterator](): Leaf;
}
const leaf: Leaf = {
  next: () => SUSPENDED,
  [Symbol.iterator](): Leaf {
    return leaf;
  },
};
type Awaited = Iterable<undefined, never, unknown>;

const anyGenerator = Object.getPrototypeOf(function* () {}).prototype as Generator;
const nextOfAny = anyGenerator.next;
function AnyGenerator(): void {}
AnyGenerator.prototype = anyGenerator;

function* level(depth: number): Generator<undefined, void, unknown> {
  if (depth > 1) yield* level(depth - 1);
  else for (;;) yield* leaf as unknown as Awaited;
}

const generators = Array.from({ length: FUNCTIONS }, () =>
  (function* (): Generator<undefined, void, unknown> {
    for (;;) yield* leaf as unknown as Awaited;
  })(),
);
const kept = new Array<object>(KEPT);
let count = 0;

/** Each does the thing `n` times. */
const facts: Record<string, (n: number) => void> = {
  'an object whose class has a base class': (n) => {
    for (let i = 0; i < n; i++) kept[i % KEPT] = new Derived(i & 7);
  },
  'the same without the base class': (n) => {
    for (let i = 0; i < n; i++) kept[i % KEPT] = new Alone(i & 7);
  },
  'a generator of one of twelve functions told by its tag and methods': (n) => {
    for (let i = 0; i < n; i++) {
      const value = generators[i % FUNCTIONS]! as Generator & { readonly [Symbol.toStringTag]: string };
      const known = value[Symbol.toStringTag] === 'Generator' && typeof value.next === 'function';
      if (known && typeof value.throw === 'function') count++;
    }
  },
  'told by instanceof': (n) => {
    for (let i = 0; i < n; i++) if (generators[i % FUNCTIONS]! instanceof AnyGenerator) count++;
  },
  'one of them resumed by its `next`': (n) => {
    for (let i = 0; i < n; i++) if (generators[i % FUNCTIONS]!.next() === (SUSPENDED as unknown)) count++;
  },
  'resumed by the one `next` that all have': (n) => {
    for (let i = 0; i < n; i++) if (nextOfAny.call(generators[i % FUNCTIONS]!) === (SUSPENDED as unknown)) count++;
  },
};
for (const depth of DEPTHS) {
  const chain = level(depth);
  facts[`a chain of ${depth} generators resumed`] = (n) => {
    for (let i = 0; i < n; i++) if (chain.next() === (SUSPENDED as unknown)) count++;
  };
}

const figures: Record<string, number> = {};
for (const [name, fact] of Object.entries(facts)) {
  for (let i = 0; i < WARM_UPS; i++) fact(OPERATIONS / 10);
  const samples = Array.from({ length: SAMPLES }, () => {
    const from = performance.now();
    fact(OPERATIONS);
    return ((performance.now() - from) * 1e6) / OPERATIONS;
  });
  figures[name] = median(samples);
}
if (count === 0) throw new Error('nothing was counted');
console.log(JSON.stringify(figures));
