import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sleep } from 'tsyncio';
import { Comparison, type Difference } from './compare.ts';
import { Coverage } from './coverage.ts';
import { type CPython, loadCPython } from './cpython.ts';
import { generate } from './generate/generate.ts';
import { PROFILES } from './generate/profiles.ts';
import { operations, type Program } from './program.ts';
import { render, renderDifference } from './render.ts';
import { shrink } from './shrink.ts';

const FIRST_SEED = 1;
const PROGRAMS_PER_PROFILE = 275;
/** They suspend so seldom that a cancel there takes some ten thousand programs; `npm run fuzz` gets to them. */
const SELDOM_SUSPENDED = new Set([
  'regroup',
  'retimeout',
  'barReset',
  'barAbort',
  'closeGens',
  'aclose',
  'athrow',
  'stClose',
]);
/** They are coroutines, as all that enters and leaves, but suspend in no case. */
const NEVER_SUSPENDED = ['gEnter', 'tEnter', 'tExit'];
const corpus = fileURLToPath(new URL('corpus/', import.meta.url));

describe('the order of events is that of CPython', () => {
  let cpython: CPython;
  let comparison: Comparison;
  const coverage = new Coverage();

  before(async () => {
    cpython = await loadCPython();
    comparison = new Comparison(cpython);
  });

  const reports = async (found: readonly Difference[]): Promise<string[]> => {
    const texts: string[] = [];
    for (const one of found)
      texts.push(renderDifference(await shrink(one, (program) => comparison.difference(program))));
    return texts;
  };

  test('it is CPython 3.14 with its C tasks', () => {
    assert.match(cpython.version, /^3\.14\./);
    assert.equal(cpython.accelerated, true);
  });

  test('every difference ever found stays away', async () => {
    const files = readdirSync(corpus).filter((name) => name.endsWith('.json'));
    assert.ok(files.length > 0);
    const programs = files.map((name) => JSON.parse(readFileSync(corpus + name, 'utf8')) as Program);
    assert.deepEqual(await reports(await comparison.differences(programs)), []);
  });

  for (const profile of Object.keys(PROFILES)) {
    test(`random programs: ${profile}`, async () => {
      const programs = Array.from({ length: PROGRAMS_PER_PROFILE }, (_, i) => generate(FIRST_SEED + i, profile));
      const found = await comparison.differences(programs, (program, trace) => coverage.add(program, trace));
      assert.deepEqual(await reports(found.slice(0, 1)), []);
    });
  }

  test('the programs reach every operation, and a cancel at every suspension point', () => {
    assert.deepEqual(coverage.missing(), []);
    assert.deepEqual(
      coverage.neverCancelled().filter((name) => !SELDOM_SUSPENDED.has(name) && !NEVER_SUSPENDED.includes(name)),
      [],
    );
    assert.ok(coverage.ties > 100 && coverage.eager > 100, String(coverage));
    assert.ok(coverage.nestedGroups > 10 && coverage.nestedTimeouts > 10, String(coverage));
  });

  test('a program that catches the interrupt and goes on without end is ended all the same', () => {
    const endless = generate(772_514_654, 'stacks');
    assert.deepEqual(cpython.run([endless], 500), [undefined]);
  });

  test('the interrupt of what takes too long is no event of any program', () => {
    // A runner of CPython makes a cancel of an interrupt, if it is let.
    const programs = Array.from({ length: 150 }, (_, i) => generate(FIRST_SEED + i, 'runners'));
    const whole = cpython.run(programs);
    for (const [i, trace] of cpython.run(programs, 3).entries()) {
      if (trace !== undefined) assert.deepEqual(trace, whole[i], `seed ${programs[i]!.seed}`);
    }
  });
});

describe('the comparison can fail', () => {
  test('an altered operation is reported and shrunk to its core', async () => {
    const altered = new Comparison(await loadCPython(), {
      // One hop too many: what a naive sleep(0) would do.
      *sleep(_m, _fr, op) {
        if (op.ms! <= 0) yield* sleep(0);
        return yield* sleep(op.ms!, op.v);
      },
    });
    const programs = Array.from({ length: 60 }, (_, i) => generate(FIRST_SEED + i, 'tasks'));
    const found = await altered.differences(programs);
    assert.ok(found.length > 0);
    const smallest = await shrink(found[0]!, (program) => altered.difference(program));
    assert.ok([...operations(smallest.program)].length <= 4, render(smallest.program));
    assert.match(renderDifference(smallest), />> .*\n/);
    assert.match(render(smallest.program), /yield\* sleep\((0|-1)/);
  });
});
