/** Where programs are looked for when there is no PATH: as the C libraries do. */
const DEFAULT_PATH = '/bin:/usr/bin';

/** The files that a program's name may mean, in order: what has a slash is a path. Relative ones start at the child's `cwd`. */
export function programFiles(program: string, path = DEFAULT_PATH): string[] {
  if (program.includes('/')) return [program];
  return path.split(':').map((folder) => (folder === '' ? `./${program}` : `${folder}/${program}`));
}

/** The same file as seen from here. */
export function seenFromHere(file: string, cwd: string | undefined): string {
  return cwd === undefined || file.startsWith('/') ? file : `${cwd}/${file}`;
}
