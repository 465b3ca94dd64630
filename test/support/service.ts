/** Servers of Debian's packages, each started for one test on a folder of its own, reached by a Unix socket. */
import { type ChildProcess, execFileSync, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Service {
  readonly address: string;
  stop(): Promise<void>;
}

/** The newest PostgreSQL there is; Debian keeps its programs out of the PATH. */
function postgresFolder(): string | undefined {
  const versions = '/usr/lib/postgresql';
  if (!existsSync(versions)) return undefined;
  const folders = readdirSync(versions)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(versions, version, 'bin'));
  return folders.find((folder) => existsSync(join(folder, 'initdb')));
}

const idOf = (kind: '-u' | '-g'): number => Number(spawnSync('id', [kind, 'postgres'], { encoding: 'utf8' }).stdout);

/** Why there can be none here; undefined where there can. */
export function whyNoPostgres(): string | undefined {
  if (postgresFolder() === undefined) return 'no PostgreSQL is installed';
  if (process.getuid?.() === 0 && !(idOf('-u') > 0))
    return 'PostgreSQL does not run as root, and there is no other user';
  return undefined;
}

export function whyNoRedis(): string | undefined {
  const found = spawnSync('redis-server', ['--version']).error === undefined;
  return found ? undefined : 'no redis-server is installed';
}

export async function startPostgres(): Promise<Service> {
  const bin = postgresFolder()!;
  const folder = mkdtempSync(join(tmpdir(), 'tsyncio-pg-'));
  const user = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : undefined;
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const options = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } };
  const data = join(folder, 'data');
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '--auth=trust', '--no-sync'], {
    ...options,
    stdio: 'ignore',
  });
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'fsync=off'];
  const words = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
  const address = `postgresql://postgres@/postgres?host=${folder}`;
  return await started(join(bin, 'postgres'), words, options, folder, address, 'ready to accept connections');
}

export async function startRedis(): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'tsyncio-redis-'));
  const address = join(folder, 'socket');
  const words = ['--port', '0', '--unixsocket', address, '--save', '', '--appendonly', 'no', '--dir', folder];
  return await started('redis-server', words, {}, folder, address, 'ready to accept connections');
}

async function started(
  program: string,
  words: readonly string[],
  options: SpawnOptions,
  folder: string,
  address: string,
  ready: string,
): Promise<Service> {
  const child = spawn(program, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    // PostgreSQL's "fast" shutdown; redis takes it the same way.
    child.kill('SIGINT');
    await ended;
    rmSync(folder, { recursive: true });
  };
  try {
    await said(child, ready);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, stop };
}

/** Waits for a line of its output. */
async function said(child: ChildProcess, text: string): Promise<void> {
  const lines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (line.includes(text)) resolve();
      });
    }
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`it ended before it was ready:\n${lines.join('\n')}`)));
  });
}
