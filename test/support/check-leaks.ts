import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before } from 'node:test';
import { setTimeout as nodeTimeout, setImmediate as nodeTurn } from 'node:timers/promises';
import { openDescriptors } from './open-descriptors.ts';
import { describeSockets } from './socket-names.ts';

/** In turns of Node's loop: what Node closes, it closes in a later one. */
const MOST_TURNS = 200;
/** In ms and times: a child that was killed holds its pipes until the machine lets it end. What stays for 10 s is left. */
const PATIENCE_MS = 20;
const PATIENCE_TIMES = 500;

/** Sockets and rings, with their mappings. Other descriptors come and go with Node's own threads and files. */
function held(): string[] {
  if (process.platform !== 'linux') return [];
  const mappings = readFileSync('/proc/self/maps', 'utf8').split('anon_inode:[io_uring]').length - 1;
  const sockets = openDescriptors().filter((one) => /socket:|io_uring/.test(one));
  return [...sockets, ...Array.from({ length: mappings }, (_, i) => `mapping ${i} of a ring`)];
}

/** At the end of this file (or suite) no socket, ring or mapping of a ring may be left that was not there at its begin. */
export function checkLeaks(): void {
  let first: string[] = [];
  before(() => {
    first = held();
  });
  after(async () => {
    let left: string[] = [];
    for (let looks = 0; looks < MOST_TURNS + PATIENCE_TIMES; looks++) {
      left = held().filter((one) => !first.includes(one));
      if (left.length === 0) return;
      if (looks < MOST_TURNS) await nodeTurn();
      else await nodeTimeout(PATIENCE_MS);
    }
    assert.deepEqual(describeSockets(left), [], 'left behind');
  });
}
