/** What the pages for users say is true: their programs run, their links lead somewhere. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { Child, root } from '../support/child.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder('readme');

const read = (page: string): string => readFileSync(join(root, page), 'utf8');
const blocks = (page: string, language: string): string[] =>
  [...read(page).matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map((match) => match[1]!);

async function outputOf(name: string, program: string, ...args: string[]): Promise<string> {
  writeFileSync(join(folder, name), program);
  const { code, stdout, stderr } = await new Child(
    [join(root, 'bin/tsyncio.js'), 'run', name, ...args],
    {},
    folder,
  ).ended();
  assert.equal(stderr, '');
  assert.equal(code, 0);
  return stdout;
}

test('there are exactly two set-up commands', () => {
  assert.deepEqual(blocks('README.md', 'sh'), ['npm ci && npm start\n', 'npm test\n']);
});

test("the README's programs run", async () => {
  const programs = blocks('README.md', 'ts');
  assert.equal(programs.length, 2);
  assert.equal(await outputOf('first.ts', programs[0]!), 'Ann is served\nBob is served\nCleo has left\n');
  assert.equal(await outputOf('virtual.ts', programs[1]!), '');
});

test('the program of docs/command.md runs', async () => {
  const [program] = blocks('docs/command.md', 'ts');
  assert.equal(await outputOf('hello.ts', program!, 'Ann'), 'hello, Ann\n');
});

for (const page of ['README.md', 'CHANGELOG.md', 'docs/command.md', 'docs/recipes/graceful-shutdown.md']) {
  test(`the links of ${page} lead somewhere`, () => {
    const links = [...read(page).matchAll(/\]\(([^)#]+)/g)].map((match) => match[1]!);
    const broken = links.filter((link) => !/^https:/.test(link) && !existsSync(join(root, dirname(page), link)));
    assert.deepEqual(broken, []);
  });
}
