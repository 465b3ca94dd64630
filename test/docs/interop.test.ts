/** Every program text of docs/interop.md runs, and does what the page says. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Child, root } from '../support/child.ts';

const page = readFileSync(join(root, 'docs/interop.md'), 'utf8');
const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);

/** What the texts take for granted, and around each what shows its result. */
const program = (texts: readonly string[]): string => `
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gunzipSync } from 'node:zlib';
import * as tsyncio from 'tsyncio';
const { asyncFor, asyncWith, cancelOn, collect, createTask, fromReadable, fromWritable, getRunningLoop, on, once } = tsyncio;
const { run, runCoroutineThreadsafe, sleep, startServer, taskSignal, toDuplex, toWritable, wrapFuture } = tsyncio;

function* serve(customer) {
  yield* sleep(1);
  return customer + ' is served';
}
function* main() {
  console.log(yield* serve('Dora'));
}
const web = createServer((request, response) => response.end('beer\\nwine\\n'));

await run(function* () {
  { ${texts[0]}
    console.log(text); }

  const loop = getRunningLoop();
  const task = createTask(serve('Ann'));
  yield* wrapFuture((async () => {
    ${texts[1]}
    console.log(served, answer);
  })());

  const ready = once(web, 'listening');
  web.listen(0, '127.0.0.1');
  yield* ready;
  const url = 'http://127.0.0.1:' + web.address().port;
  { ${texts[2]}
    console.log(yield* wrapFuture(response.text())); }

  const { signal } = new AbortController();
  { ${texts[3]}
    console.log(served); }
});

${texts[4]}

await run(function* () {
  const child = spawn(process.execPath, ['-e', 'process.exitCode = 7']);
  const socket = new PassThrough();
  socket.end('tea');
  const received = [];
  { ${texts[5]}
    console.log(code, String(Buffer.concat(received))); }

  const response = new Response('beer\\nwine\\n');
  const sink = new PassThrough();
  const writer = fromWritable(sink);
  { ${texts[6]}
    console.log(lines.map(String), String(gunzipSync(Buffer.concat(yield* collect(sink))))); }

  const port = 0;
  { ${texts[7]}
    const url = 'http://127.0.0.1:' + listener.sockets[0].getsockname().port;
    const response = yield* wrapFuture(fetch(url, { headers: { connection: 'close' } }));
    console.log(yield* wrapFuture(response.text()));
    listener.close();
    web.closeAllConnections();
    web.close();
    yield* listener.waitClosed(); }
});
`;

test('the texts of docs/interop.md run', async () => {
  assert.equal(blocks.length, 8);
  const folder = mkdtempSync(join(tmpdir(), 'tsyncio-interop-'));
  writeFileSync(join(folder, 'bar.txt'), 'open from six');
  writeFileSync(join(folder, 'texts.ts'), program(blocks));
  const { code, stdout, stderr } = await new Child(
    [join(root, 'bin/tsyncio.js'), 'run', 'texts.ts'],
    {},
    folder,
  ).ended();
  rmSync(folder, { recursive: true });
  assert.equal(stderr, '');
  assert.deepEqual(stdout.trimEnd().split('\n'), [
    'open from six',
    'Ann is served Bob is served',
    'beer',
    'wine',
    '',
    'Ann is served',
    'Dora is served',
    '7 tea',
    "[ 'beer\\n', 'wine\\n' ] open from six",
    'beer',
    'wine',
  ]);
  assert.equal(code, 0);
});

test('the links of docs/interop.md lead somewhere', () => {
  const links = [...page.matchAll(/\]\(([^)#]+)/g)].map((match) => match[1]!);
  assert.deepEqual(
    links.filter((link) => !existsSync(join(root, 'docs', link))),
    [],
  );
});
