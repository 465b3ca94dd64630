/** One frame of a coroutine's stack. */
export interface Frame {
  readonly functionName: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * The library's own files, whose frames are of no interest to the program; source maps lead from dist to src. This file
 * lies in src/core or, compiled, in dist/core.
 */
function findOwnFolders(): string[] {
  const home = import.meta.url;
  const folder = home
    .slice(0, home.lastIndexOf('/core/'))
    .replace(/[^/]+$/, '')
    .replace('file://', '');
  return [`${folder}src/`, `${folder}dist/`];
}

let ownFolders: string[] | undefined;

const framePattern = /^\s*at (?:(?:async |new )?(.*?) \()?((?:file:\/\/)?[^()]+?):(\d+):(\d+)\)?$/;

/** The program's own frames in a stack, innermost first: without those of the library, of Node and of `next` itself. */
export function parseFrames(stack: string | undefined): Frame[] {
  const own = (ownFolders ??= findOwnFolders());
  const frames: Frame[] = [];
  for (const text of stack?.split('\n') ?? []) {
    const match = framePattern.exec(text);
    if (match === null) continue;
    const file = match[2]!.replace('file://', '');
    if (file.startsWith('node:') || own.some((folder) => file.startsWith(folder))) continue;
    const functionName = match[1]?.replace(/^Object\.|\.next$/, '') ?? '<anonymous>';
    frames.push({ functionName, file, line: Number(match[3]), column: Number(match[4]) });
  }
  return frames;
}

/** As an error's stack shows it. */
export function formatFrame(frame: Frame): string {
  return `at ${frame.functionName} (${frame.file}:${frame.line}:${frame.column})`;
}
