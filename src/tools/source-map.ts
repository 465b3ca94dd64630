/** Source maps, as far as insertions into lines need them: what stands behind one moves to the right. */

export interface SourceMap {
  readonly version: number;
  readonly sources: readonly (string | null)[];
  readonly mappings: string;
}

/** In a text; both count from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Insertion extends Position {
  readonly length: number;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** A digit has five bits of the number and one that says that more follow; the lowest of all is the sign. */
const BITS = 5;
const MORE = 1 << BITS;

function encode(value: number): string {
  let left = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = '';
  do {
    const digit = left & (MORE - 1);
    left >>>= BITS;
    text += DIGITS[left > 0 ? digit | MORE : digit];
  } while (left > 0);
  return text;
}

/** The first number of a segment, and what follows it. */
function decodeFirst(segment: string): [value: number, rest: string] {
  let value = 0;
  for (let i = 0; i < segment.length; i += 1) {
    const digit = DIGITS.indexOf(segment[i]!);
    if (digit < 0) break;
    value |= (digit & (MORE - 1)) << (i * BITS);
    if ((digit & MORE) === 0) return [value & 1 ? -(value >>> 1) : value >>> 1, segment.slice(i + 1)];
  }
  throw new SyntaxError(`no source map has a segment ${JSON.stringify(segment)}`);
}

/** The map of a text from itself, exact at each of `positions`, which are in order. */
export function identityMap(url: string, positions: readonly Position[]): SourceMap {
  const lines: string[][] = [];
  let before: Position = { line: 0, column: 0 };
  for (const { line, column } of positions) {
    while (lines.length <= line) lines.push([]);
    const moved = column - (line === before.line ? before.column : 0);
    lines[line]!.push(encode(moved) + encode(0) + encode(line - before.line) + encode(column - before.column));
    before = { line, column };
  }
  return { version: 3, sources: [url], mappings: lines.map((line) => line.join()).join(';') };
}

/** `map` after the `insertions`, which are in order. Throws for a map in sections, which no translator makes of a file. */
export function movedMap(map: SourceMap, insertions: readonly Insertion[]): SourceMap {
  const lines = map.mappings.split(';');
  const byLine = new Map<number, Insertion[]>();
  for (const insertion of insertions) {
    const others = byLine.get(insertion.line);
    if (others === undefined) byLine.set(insertion.line, [insertion]);
    else others.push(insertion);
  }
  for (const [line, own] of byLine) lines[line] = movedLine(lines[line] ?? '', own);
  return { ...map, mappings: lines.join(';') };
}

function movedLine(segments: string, insertions: readonly Insertion[]): string {
  if (segments === '') return '';
  let column = 0;
  let lastMoved = 0;
  let shift = 0;
  let next = 0;
  const moved = segments.split(',').map((segment) => {
    const [step, rest] = decodeFirst(segment);
    column += step;
    for (; next < insertions.length && insertions[next]!.column <= column; next += 1) shift += insertions[next]!.length;
    const text = encode(column + shift - lastMoved) + rest;
    lastMoved = column + shift;
    return text;
  });
  return moved.join();
}
