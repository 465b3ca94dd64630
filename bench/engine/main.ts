/** `npm run bench engine`: what the engine charges for objects, look-ups and levels of `yield*`. */
import { printedFigures, runFigureSuite } from '../lib/figure-suite.ts';
import { compiled } from '../lib/place.ts';

await runFigureSuite({
  name: 'engine',
  title: 'ns each',
  baseline: process.version,
  peers: [
    {
      name: process.version,
      measure: () => printedFigures({ program: process.execPath, words: [compiled('engine/facts.js')] }),
    },
  ],
  rounds: 3,
  quickRounds: 1,
});
