/** `npm run bench fairness`: how long Node's own callbacks and other connections wait while the loop is saturated. */
import { nodePeer, peersOnEachDriver } from '../lib/figure-peers.ts';
import { runFigureSuite } from '../lib/figure-suite.ts';

await runFigureSuite({
  name: 'fairness',
  title: 'delays in milliseconds, while 1,000 tasks never rest, and while 17 connections flood the server',
  baseline: 'node:net',
  peers: [nodePeer('node:net', 'fairness/peers/node-net'), ...peersOnEachDriver('fairness/peers/tsyncio')],
  rounds: 3,
  quickRounds: 1,
});
