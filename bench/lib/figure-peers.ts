import { type FigurePeer, printedFigures } from './figure-suite.ts';
import { BENCH, compiled } from './place.ts';
import { findPython } from './python.ts';
import { DRIVERS } from './servers.ts';

/** A file below bench/, without its extension, that prints its figures. */
export function nodePeer(
  name: string,
  file: string,
  env: Readonly<Record<string, string>> = {},
  words: readonly string[] = [],
): FigurePeer {
  const command = { program: process.execPath, words: ['--expose-gc', compiled(`${file}.js`), ...words], env };
  return { name, measure: () => printedFigures(command) };
}

export const peersOnEachDriver = (file: string): FigurePeer[] =>
  DRIVERS.map((io) => nodePeer(`tsyncio ${io}`, file, { TSYNCIO_IO: io }));

/** asyncio, and uvloop where it is installed: `file` gets the name of the loop. */
export function pythonPeers(file: string): FigurePeer[] {
  const python = findPython();
  if (python === undefined) return [];
  const loops = python.uvloop === undefined ? ['asyncio'] : ['asyncio', 'uvloop'];
  return loops.map((loop) => ({
    name: loop,
    measure: () => printedFigures({ program: python.program, words: ['-W', 'ignore', `${BENCH}${file}`, loop] }),
  }));
}
