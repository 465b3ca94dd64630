/** `npm run bench timers`: how late timers are in a loop that has nothing else to do, and what many of them cost. */
import { nodePeer, peersOnEachDriver, pythonPeers } from '../lib/figure-peers.ts';
import { runFigureSuite } from '../lib/figure-suite.ts';

await runFigureSuite({
  name: 'timers',
  title: 'lateness in milliseconds (median, p99); n timers armed and cancelled, armed and fired, in ns each',
  baseline: 'setTimeout',
  peers: [
    nodePeer('setTimeout', 'timers/peers/set-timeout'),
    // A program without I/O: no driver is opened then, and the host waits by itself.
    nodePeer('tsyncio, no I/O', 'timers/peers/tsyncio', { TSYNCIO_BENCH_IO: 'none' }),
    ...peersOnEachDriver('timers/peers/tsyncio'),
    ...pythonPeers('timers/peers/asyncio_timers.py'),
  ],
  rounds: 5,
  quickRounds: 1,
});
