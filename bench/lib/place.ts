/** bench/ itself: the compiled files lie in bench/.build/js/bench, so the way is told from outside. */
const told = process.env.TSYNCIO_BENCH;
if (told === undefined) throw new Error('start the benchmarks by `node bench/cli.js`');
export const BENCH = told;
export const compiled = (file: string): string => `${BENCH}.build/js/bench/${file}`;
