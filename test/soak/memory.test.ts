/** Whatever the system does: each byte arrives in order or an error is told; nothing hangs, nothing is left behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOSTILE, KIND, LAWFUL, type Odds } from '../support/faults/plan.ts';
import { soakInMemory } from './memory.ts';

const ACTIONS = 50;

function property(name: string, odds: Odds, seeds: number): void {
  test(`${name}: ${seeds} runs`, () => {
    let bytes = 0;
    const faults = new Set<string>();
    for (let seed = 1; seed <= seeds; seed++) {
      const report = soakInMemory(seed, odds, ACTIONS);
      assert.deepEqual(report.failures, [], `seed ${seed}`);
      bytes += report.bytes;
      for (const what of report.faults.keys()) faults.add(what);
    }
    assert.ok(bytes > 1_000_000, `${bytes} bytes`);
    const expected = odds === HOSTILE ? ['accept', 'connect', 'receive', 'send', 'shutdown'] : [];
    assert.deepEqual([...faults].sort(), expected);
  });
}

property('no faults', KIND, 2);
property('pieces, delays, another order', LAWFUL, 6);
property('errors at every stage', HOSTILE, 20);
