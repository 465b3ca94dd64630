/** `npm run bench spawn`: child processes, started and waited for. */
import { nodePeer, peersOnEachDriver, pythonPeers } from '../lib/figure-peers.ts';
import { runFigureSuite } from '../lib/figure-suite.ts';

await runFigureSuite({
  name: 'spawn',
  title: 'child processes, milliseconds each',
  baseline: 'node:child_process',
  peers: [
    nodePeer('node:child_process', 'spawn/peers/node'),
    ...peersOnEachDriver('spawn/peers/tsyncio'),
    ...pythonPeers('spawn/peers/asyncio_spawn.py'),
  ],
  rounds: 5,
  quickRounds: 2,
});
