import { readFileSync } from 'node:fs';
import { BENCH } from '../../lib/place.ts';
import type { Peer } from '../workload.ts';
import { workload } from './tsyncio-run.ts';
import { event, lock, memory, queue } from './tsyncio-sync.ts';
import { call, cancel, cedes, chain, gathering, spawn, timeout, timers } from './tsyncio-tasks.ts';

export const peer: Peer = {
  version: (JSON.parse(readFileSync(`${BENCH}../package.json`, 'utf8')) as { version: string }).version,
  workloads: {
    switch: workload(cedes),
    call: workload(call),
    chain: workload(chain),
    spawn: workload(spawn),
    gather: workload(gathering),
    queue: workload(queue),
    lock: workload(lock),
    event: workload(event),
    timers: workload(timers),
    cancel: workload(cancel),
    timeout: workload(timeout),
    memory: workload(memory),
  },
};
