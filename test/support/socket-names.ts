import { existsSync, readFileSync } from 'node:fs';

const TABLES = ['tcp', 'tcp6', 'udp', 'udp6', 'unix'];

/** Descriptors as `openDescriptors` tells them, the sockets with what the system knows of them: kind, addresses, state. */
export function describeSockets(descriptors: readonly string[]): string[] {
  const rows = TABLES.flatMap((table) => {
    const path = `/proc/self/net/${table}`;
    if (!existsSync(path)) return [];
    const [, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
    return lines.map((line) => `${table} ${line.trim().replace(/\s+/g, ' ')}`);
  });
  return descriptors.map((one) => {
    const inode = /socket:\[(\d+)\]/.exec(one)?.[1];
    const row = rows.find((fields) => fields.split(' ').includes(inode!));
    return row === undefined ? one : `${one}: ${row}`;
  });
}
