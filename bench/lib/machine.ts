import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { BENCH } from './place.ts';
import { findPython, type Python } from './python.ts';

export interface Machine {
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  readonly v8: string;
  readonly uv: string;
  readonly python: string;
  readonly uvloop: string;
  readonly trio: string;
  readonly commit: string;
  /** Of the last minute, when the run began: above 0.2 someone else was at work. */
  readonly loadAtStart: number;
  readonly date: string;
}

function commit(): string {
  try {
    const options = { cwd: BENCH, encoding: 'utf8' } as const;
    const head = execFileSync('git', ['rev-parse', '--short', 'HEAD'], options).trim();
    const changed = execFileSync('git', ['status', '--porcelain', '--untracked-files=no'], options).trim() !== '';
    return changed ? `${head} with changes` : head;
  } catch {
    return 'unknown';
  }
}

export function describeMachine(): Machine {
  const python: Python | undefined = findPython();
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    v8: process.versions.v8,
    uv: process.versions.uv,
    python: python?.version ?? 'none',
    uvloop: python?.uvloop ?? 'none',
    trio: python?.trio ?? 'none',
    commit: commit(),
    loadAtStart: loadavg()[0]!,
    date: new Date().toISOString(),
  };
}

export function machineLine(machine: Machine): string {
  const load = machine.loadAtStart > 0.2 ? ` (load ${machine.loadAtStart.toFixed(1)} at the start: not alone)` : '';
  return (
    `${machine.cpus} × ${machine.cpu}, ${machine.memoryGb} GB, Linux ${machine.kernel}, Node ${machine.node}, ` +
    `Python ${machine.python}, uvloop ${machine.uvloop}, trio ${machine.trio}, commit ${machine.commit}${load}`
  );
}
