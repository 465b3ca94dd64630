/** How children are started: which program, where, with which descriptors; and what is said when they are not. */
import assert from 'node:assert/strict';
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type Coroutine,
  createSubprocessExec,
  createSubprocessShell,
  DEVNULL,
  PIPE,
  SpawnError,
  STDOUT,
  type SubprocessOptions,
} from 'tsyncio';
import { assertNothingOpened, openDescriptors } from '../support/open-descriptors.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thrown } from '../support/thrown.ts';
import { onEachWay } from './ways.ts';

const ALL = { stdin: PIPE, stdout: PIPE, stderr: PIPE } as const;

/** What a program writes. */
function* said(program: string, args: readonly string[] = [], options: SubprocessOptions = {}): Coroutine<string> {
  const child = yield* createSubprocessExec(program, args, { stdin: DEVNULL, ...options, stdout: PIPE });
  return String((yield* child.communicate())[0]).trim();
}

/** A folder with a program of this name that says something. */
function programIn(folder: string, name: string, text: string, mode = 0o755): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\necho ${text}\n`);
  chmodSync(file, mode);
  return file;
}

onEachWay((on) => {
  const folder = temporaryFolder('start');

  test('what cannot be started: code and path, and nothing is left open', () =>
    on.run(function* () {
      const file = join(folder, 'file');
      writeFileSync(file, 'no program', { mode: 0o600 });
      yield* said('true');
      const cases: [string, SubprocessOptions, string][] = [
        ['no-such-program', {}, 'ENOENT'],
        ['/no/such/program', {}, 'ENOENT'],
        [file, {}, 'EACCES'],
        [join(file, 'below'), {}, 'ENOTDIR'],
        [folder, {}, 'EACCES'],
        ['true', { cwd: join(folder, 'none') }, 'ENOENT'],
        ['true', { cwd: file }, 'ENOTDIR'],
        ['/bin/true', { cwd: file }, 'ENOTDIR'],
        ['file', { env: { PATH: `/no/such:${folder}` } }, 'EACCES'],
        ['true', { env: { PATH: '/no/such' } }, 'ENOENT'],
        ['true', { stdin: 987 }, 'EBADF'],
      ];
      for (const [program, options, code] of cases) {
        const before = openDescriptors();
        const error = yield* thrown(createSubprocessExec(program, [], { ...ALL, ...options }));
        assert.ok(error instanceof SpawnError, String(error));
        assert.deepEqual([error.code, error.path, error.syscall], [code, program, 'spawn'], String(error));
        assertNothingOpened(before);
      }
    }));

  test('bad arguments are those of Node', () =>
    on.run(function* () {
      const cases: [string, string[], object][] = [
        ['', [], {}],
        ['a\0b', [], {}],
        ['echo', ['a\0b'], {}],
        ['echo', [], { env: { A: 'a\0b' } }],
        ['echo', [], { cwd: 5 }],
        ['echo', [], { argv0: 5 }],
        ['echo', [], { startNewSession: 'yes' }],
        ['echo', [], { uid: 'root' }],
      ];
      for (const [program, args, options] of cases) {
        const error = yield* thrown(createSubprocessExec(program, args, options));
        assert.ok(error instanceof TypeError, String(error));
        assert.match((error as NodeJS.ErrnoException).code!, /^ERR_INVALID_ARG/);
      }
    }));

  test('the program is looked for in the PATH that the child gets', () =>
    on.run(function* () {
      const [first, second] = [join(folder, 'first'), join(folder, 'second')];
      programIn(first, 'hello', 'one', 0o600);
      programIn(second, 'hello', 'two');
      mkdirSync(join(folder, 'third', 'hello'), { recursive: true });
      const path = `/no/such:${folder}/third:${first}:${second}:/usr/bin:/bin`;
      assert.equal(yield* said('hello', [], { env: { PATH: path } }), 'two');
      assert.equal(yield* said('hello', [], { cwd: folder, env: { PATH: 'second:/bin' } }), 'two');
      assert.equal(yield* said('hello', [], { cwd: second, env: { PATH: ':/bin' } }), 'two');
      assert.equal(yield* said('./hello', [], { cwd: new URL(`file://${second}/`) }), 'two');
      // Without any, where the system's own programs are.
      assert.equal(yield* said('echo', ['found'], { env: {} }), 'found');
    }));

  test('a script that does not say whose it is is the shell’s', () =>
    on.run(function* () {
      const script = join(folder, 'script');
      writeFileSync(script, 'echo "$0 $1 $2"\n', { mode: 0o755 });
      assert.equal(yield* said(script, ['a', 'b c'], { argv0: 'other' }), `${script} a b c`);
    }));

  test('the environment: undefined is left out, what is changed here is changed there', () =>
    on.run(function* () {
      process.env.TSYNCIO_TEST_START = 'Ünïcode';
      try {
        assert.equal(yield* said('printenv', ['TSYNCIO_TEST_START']), 'Ünïcode');
        const env = { A: 'a=b', B: undefined, C: '' };
        assert.equal(yield* said('/usr/bin/env', [], { env }), 'A=a=b\nC=');
      } finally {
        delete process.env.TSYNCIO_TEST_START;
      }
    }));

  test('startNewSession', () =>
    on.run(function* () {
      const script = 'read -r _ _ _ _ group session _ </proc/$$/stat; echo $$ $group $session';
      const [pid, ...own] = (yield* said('sh', ['-c', script], { startNewSession: true })).split(' ');
      assert.deepEqual(own, [pid, pid]);
      const [other, group] = (yield* said('sh', ['-c', script])).split(' ');
      assert.notEqual(group, other);
    }));

  test('uid and gid', { skip: process.getuid?.() === 0 ? undefined : 'wants root' }, () =>
    on.run(function* () {
      assert.equal(yield* said('sh', ['-c', 'id -u; id -g'], { uid: 65_534, gid: 65_534 }), '65534\n65534');
    }),
  );

  test('descriptors as stdio: files, both outputs into one, each in the place of the other', () =>
    on.run(function* () {
      const path = join(folder, 'output');
      const input = openSync(programIn(folder, 'input', 'hello'), 'r');
      const output = openSync(path, 'w');
      try {
        const options = { stdin: input, stdout: output, stderr: STDOUT } as const;
        const child = yield* createSubprocessShell('cat; echo 1; echo 2 >&2; echo 3', options);
        assert.equal(yield* child.wait(), 0);
        assert.equal(readFileSync(path, 'utf8'), '#!/bin/sh\necho hello\n1\n2\n3\n');
        const links = [0, 1, 2].map((fd) => `/proc/self/fd/${fd}`);
        const places = { stdin: 2, stdout: output, stderr: 0 };
        assert.equal(yield* (yield* createSubprocessExec('readlink', links, places)).wait(), 0);
        const [zero, two] = [0, 2].map((fd) => readlinkSync(`/proc/self/fd/${fd}`));
        assert.deepEqual(readFileSync(path, 'utf8').trim().split('\n').slice(-3), [two, path, zero]);
      } finally {
        closeSync(input);
        closeSync(output);
      }
    }));
});
