import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Child } from '../support/child.ts';

/** What a program prints that sends itself a line, where the process says that it is on another platform. */
async function onPlatform(platform: string, versions: Record<string, string> = {}): Promise<string> {
  const pretend = [
    `Object.defineProperty(process, 'platform', { value: '${platform}' });`,
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, ...${JSON.stringify(versions)} } });`,
  ].join('');
  const program = `
    import { getRunningLoop, openConnection, run, startServer } from 'tsyncio';
    await run(function* () {
      const server = yield* startServer(function* (reader, writer) {
        writer.write(yield* reader.readLine());
        writer.close();
      }, { host: '127.0.0.1', port: 0 });
      const { port } = server.sockets[0].getsockname();
      const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port });
      writer.write(Buffer.from('hello\\n'));
      console.log(String(yield* reader.read()).trim());
      writer.close();
      server.close();
      yield* server.waitClosed();
      const { name, fallbacks } = getRunningLoop().driverInfo;
      console.log([name, ...fallbacks.map(({ name, reason }) => name + ': ' + reason)].join('\\n'));
    });
  `;
  const preload = `data:text/javascript,${encodeURIComponent(pretend)}`;
  const words = ['--conditions=@tsyncio/source', '--import', 'tsx', '--import', preload];
  const { code, stdout, stderr } = await new Child([...words, '--input-type=module', '--eval', program]).ended();
  assert.equal(code, 0, stderr);
  return stdout;
}

for (const platform of ['darwin', 'win32', 'freebsd']) {
  test(`where the platform is ${platform} the node driver is taken, and the reasons are told`, async () => {
    const lines = (await onPlatform(platform)).trim().split('\n');
    assert.equal(lines.length, 4);
    assert.deepEqual(lines.slice(0, 2), ['hello', 'node']);
    assert.match(lines[2]!, new RegExp(`^io_uring: .*${platform}`));
    assert.match(lines[3]!, new RegExp(`^epoll: .*${platform}`));
  });
}

test('runtimes whose event loop is no libuv take the node driver', async () => {
  assert.match(
    await onPlatform(process.platform, { bun: '1.4.5' }),
    /^hello\nnode\nio_uring: Bun 1\.4\.5 .*\nepoll: Bun/,
  );
  assert.match(
    await onPlatform(process.platform, { deno: '2.9.6' }),
    /^hello\nnode\nio_uring: Deno 2\.9\.6 .*\nepoll: Deno/,
  );
});
