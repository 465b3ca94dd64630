/** The board on the wall: what happens, in terms of the bar and of asyncio side by side, and the bill at the end. */
import type { EventLoop } from 'tsyncio';
import { type Customer, REGULARS } from './customers.ts';

const LEGEND: readonly [bar: string, asyncio: string][] = [
  ['bartender', 'thread: there is only this one'],
  ['bar', 'event loop'],
  ['looking around', 'reactor (epoll) or proactor (io_uring)'],
  ['serving', 'coroutine: can pause, and goes on where it was'],
  ['tracked serving', 'task: a coroutine that the loop runs beside others'],
  ['its status', 'future: pending, done, failed or cancelled'],
];

const BAR_COLUMN = 38;
const LABEL_COLUMN = 24;
const METER_WIDTH = 30;

const terminal = process.stdout.isTTY === true;
const colourful = terminal && !process.env.NO_COLOR;
const paint = (code: number, text: string): string => (colourful ? `\x1b[${code}m${text}\x1b[0m` : text);
const bold = (text: string): string => paint(1, text);
const dim = (text: string): string => paint(2, text);
const number = (value: number): string => Math.round(value).toLocaleString('en');
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 0)} s`;

export class Board {
  readonly #loop: EventLoop;
  readonly #customers: number;
  readonly #opened: number;
  readonly #cpuAtOpening = process.cpuUsage();
  #inside = 0;
  #mostInside = 0;
  #left = 0;
  #orders = 0;
  #oneByOneMs = 0;

  constructor(loop: EventLoop, customers: readonly Customer[]) {
    this.#loop = loop;
    this.#customers = customers.length;
    this.#opened = loop.time();
  }

  open(port: number): void {
    const { name, fallbacks } = this.#loop.driverInfo;
    console.log(bold(`\n${'AT THE BAR'.padEnd(LABEL_COLUMN)}IN ASYNCIO`));
    for (const [bar, asyncio] of LEGEND) console.log(`${bar.padEnd(LABEL_COLUMN)}${asyncio}`);
    for (const { name: other, reason } of fallbacks) console.log(dim(`not by ${other}: ${reason}`));
    console.log(
      `\nThe bar is open on port ${port}, looking around by ${name}. ${number(this.#customers)} customers will come;`,
    );
    console.log(`the evening of ${REGULARS.slice(0, this.#customers).join(', ')} is told in full.\n`);
    console.log(bold(`${'time'.padStart(8)}  ${'at the bar'.padEnd(BAR_COLUMN)}in asyncio`));
  }

  /** One line, for those whose evening is told. */
  say(name: string, bar: string, asyncio: string): void {
    if (!REGULARS.includes(name)) return;
    this.#line(`${this.#time()}  ${bar.padEnd(BAR_COLUMN)}${dim(asyncio)}`);
  }

  comesIn(): void {
    this.#inside += 1;
    this.#mostInside = Math.max(this.#mostInside, this.#inside);
  }

  /** A glass was poured and drunk: `ms` in which a bartender with no eye for others would have stood there. */
  served(ms: number): void {
    this.#orders += 1;
    this.#oneByOneMs += ms;
  }

  leaves(): void {
    this.#inside -= 1;
    this.#left += 1;
  }

  showProgress(): void {
    const filled = Math.round((this.#left / this.#customers) * METER_WIDTH);
    const meter = '#'.repeat(filled).padEnd(METER_WIDTH, '.');
    const text = `${this.#time()}  [${meter}] ${this.#inside} inside, ${this.#left} of ${this.#customers} served`;
    if (terminal) process.stdout.write(`\r\x1b[K${bold(text)}`);
    else console.log(text);
  }

  close(words: string): void {
    const wallMs = this.#loop.time() - this.#opened;
    const { user, system } = process.cpuUsage(this.#cpuAtOpening);
    const busyMs = (user + system) / 1_000;
    const { turns, hops, looks, completions, syscalls } = this.#loop.statistics;
    this.#line(`${this.#time()}  ${bold(words)}\n`);
    const bill: [label: string, value: string][] = [
      [
        'customers served',
        `${number(this.#left)} of ${number(this.#customers)}, up to ${number(this.#mostInside)} at once`,
      ],
      ['orders', number(this.#orders)],
      ['wall time', seconds(wallMs)],
      ['one after the other', `${seconds(this.#oneByOneMs)}, ${number(this.#oneByOneMs / wallMs)} times as long`],
      ['bartenders', `1, at work for ${Math.round((busyMs / wallMs) * 100)} % of the time (CPU)`],
      ['loop turns', number(turns)],
      ['hops', `${number(hops)} (steps of tasks and callbacks)`],
      ['driver', this.#loop.driverInfo.name ?? 'none'],
      [
        'looked around',
        `${number(looks)} times, for ${number(completions)} events, with ${number(syscalls)} system calls`,
      ],
    ];
    for (const [label, value] of bill) console.log(`${label.padEnd(LABEL_COLUMN)}${bold(value)}`);
  }

  #time(): string {
    return ((this.#loop.time() - this.#opened) / 1_000).toFixed(3).padStart(8);
  }

  /** Writes over the progress line of a terminal. */
  #line(text: string): void {
    if (terminal) process.stdout.write('\r\x1b[K');
    console.log(text);
  }
}
