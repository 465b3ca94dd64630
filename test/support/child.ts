/** Runs programs as processes of their own: for exit codes, signals and what happens at the end of a process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A running program; its output is collected. */
export class Child {
  readonly process: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #ended: Promise<Ended>;
  #onOutput: () => void = () => {};

  constructor(args: readonly string[], env: Record<string, string> = {}, cwd?: string) {
    const options = { env: { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '0', ...env }, cwd };
    this.process = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    this.process.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#onOutput();
    });
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#onOutput();
    });
    this.#ended = new Promise((resolve, reject) => {
      this.process.on('error', reject);
      this.process.on('close', (code, signal) => {
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
        this.#onOutput();
      });
    });
  }

  /** Waits until the program has written `text`; rejects when it ends without. */
  async printed(text: string): Promise<void> {
    while (!this.stdout.includes(text) && !this.stderr.includes(text)) {
      if (this.process.exitCode !== null || this.process.signalCode !== null) {
        const { stdout, stderr } = await this.#ended;
        if (stdout.includes(text) || stderr.includes(text)) return;
        throw new Error(`the program ended without printing ${text}:\n${stdout}${stderr}`);
      }
      await new Promise<void>((resolve) => {
        this.#onOutput = resolve;
      });
    }
  }

  interrupt(): void {
    this.process.kill('SIGINT');
  }

  ended(): Promise<Ended> {
    return this.#ended;
  }
}

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Starts a program of test/fixtures on the sources. */
export function startFixture(name: string, args: readonly string[] = [], env: Record<string, string> = {}): Child {
  const file = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
  return new Child(['--conditions=@tsyncio/source', '--import', 'tsx', file, ...args], env, root);
}
