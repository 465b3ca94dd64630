/** `npm run bench startup`: what it costs to import the package, in fresh processes, and how large a bundle with it is. */
import { performance } from 'node:perf_hooks';
import { type FigurePeer, type NamedFigures, printedFigures, runFigureSuite } from '../lib/figure-suite.ts';
import { BENCH } from '../lib/place.ts';
import { findPython } from '../lib/python.ts';
import { printBundles } from './bundles.ts';

const ROOT = `${BENCH}../`;

/** Imports what users get (dist/), and prints how long that took; `then` runs behind it. */
function importer(name: string, specifier: string, then = ''): FigurePeer {
  const code = `
    const from = performance.now();
    const used = process.cpuUsage();
    const library = await import(${JSON.stringify(specifier)});
    ${then}
    const { user, system } = process.cpuUsage(used);
    console.log(JSON.stringify({ ms: performance.now() - from, cpuMs: (user + system) / 1000 }));`;
  const words = ['--input-type=module', '-e', code];
  return { name, measure: () => timed({ program: process.execPath, words, cwd: ROOT }) };
}

interface Timed {
  readonly program: string;
  readonly words: readonly string[];
  readonly cwd?: string;
}

async function timed(command: Timed): Promise<NamedFigures> {
  const from = performance.now();
  const { ms, cpuMs } = await printedFigures(command);
  return { 'import, ms': ms!, 'import, CPU ms': cpuMs!, 'whole process, ms': performance.now() - from };
}

function asyncio(): FigurePeer[] {
  const python = findPython();
  if (python === undefined) return [];
  const code = `
import json, time
start, cpu = time.perf_counter(), time.process_time()
import asyncio
print(json.dumps({"ms": (time.perf_counter() - start) * 1000, "cpuMs": (time.process_time() - cpu) * 1000}))`;
  return [{ name: 'asyncio', measure: () => timed({ program: python.program, words: ['-c', code] }) }];
}

await runFigureSuite({
  name: 'startup',
  title: 'fresh processes',
  baseline: 'tsyncio',
  peers: [
    importer('tsyncio', 'tsyncio'),
    importer('tsyncio, run', 'tsyncio', 'await library.run(library.sleep(0));'),
    importer(
      'tsyncio, server',
      'tsyncio',
      `await library.run(function* () {
        const server = yield* library.startServer(function* () {}, { host: '127.0.0.1', port: 0 });
        server.close();
      });`,
    ),
    importer('tsyncio/testing', 'tsyncio/testing'),
    importer('nothing', 'node:fs'),
    importer('node:http', 'node:http'),
    importer('effect', `${BENCH}node_modules/effect/dist/index.js`),
    importer('effection', `${BENCH}node_modules/effection/esm/mod.js`),
    ...asyncio(),
  ],
  rounds: 15,
  quickRounds: 5,
});
printBundles(ROOT);
