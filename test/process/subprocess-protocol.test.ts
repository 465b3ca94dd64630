import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEVNULL, Future, getRunningLoop, SubprocessProtocol, type SubprocessTransport } from 'tsyncio';
import { thrown } from '../support/thrown.ts';
import { onEachWay } from './ways.ts';

class Recorder extends SubprocessProtocol {
  readonly events: string[] = [];
  readonly over = new Future<void>();
  transport: SubprocessTransport | undefined = undefined;

  override connectionMade(transport: SubprocessTransport): void {
    this.transport = transport;
    this.events.push('made');
  }
  override pipeDataReceived(fd: number, data: Buffer): void {
    this.events.push(`${fd}: ${data}`);
  }
  override pipeConnectionLost(fd: number, error: Error | undefined): void {
    this.events.push(`lost ${fd} ${error}`);
  }
  override processExited(): void {
    this.events.push(`exited ${this.transport!.getReturncode()}`);
  }
  override connectionLost(error: Error | undefined): void {
    this.events.push(`over ${error}`);
    this.over.setResult();
  }
}

onEachWay((on) => {
  test('a protocol hears of everything, connectionMade first and connectionLost last', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const make = (): Recorder => new Recorder();
      const [transport, protocol] = yield* loop.subprocessShell(make, 'read x; echo got $x; echo bad >&2; exit 5');
      assert.deepEqual(protocol.events, ['made']);
      assert.equal(transport.getReturncode(), undefined);
      assert.ok(transport.getPid() > 0);
      assert.equal(transport.getProtocol(), protocol);
      assert.equal(transport.getExtraInfo<{ pid: number }>('subprocess')!.pid, transport.getPid());
      transport.getPipeTransport(0)!.write(Buffer.from('beer\n'));
      yield* protocol.over;
      const { events } = protocol;
      assert.equal(events[0], 'made');
      assert.equal(events.at(-1), 'over undefined');
      assert.deepEqual([...events].sort(), [
        '1: got beer\n',
        '2: bad\n',
        'exited 5',
        'lost 0 undefined',
        'lost 1 undefined',
        'lost 2 undefined',
        'made',
        'over undefined',
      ]);
      assert.ok(events.indexOf('1: got beer\n') < events.indexOf('lost 1 undefined'));
      assert.ok(transport.isClosing());
    }));

  test('pauseReading holds the data back, across the end of the child', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      class Paused extends Recorder {
        readonly exited = new Future<void>();
        override connectionMade(transport: SubprocessTransport): void {
          super.connectionMade(transport);
          transport.getPipeTransport(1)!.pauseReading();
        }
        override processExited(): void {
          this.exited.setResult();
        }
      }
      const options = { stdin: DEVNULL, stderr: DEVNULL } as const;
      const [transport, protocol] = yield* loop.subprocessExec(() => new Paused(), 'echo', ['late'], options);
      const pipe = transport.getPipeTransport(1)!;
      assert.equal(pipe.isReading(), false);
      yield* protocol.exited;
      assert.deepEqual(protocol.events, ['made']);
      pipe.resumeReading();
      yield* protocol.over;
      assert.deepEqual(protocol.events, ['made', '1: late\n', 'lost 1 undefined', 'over undefined']);
      assert.equal(transport.getPipeTransport(0), undefined);
    }));

  test('close kills the child and closes its pipes', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const [transport, protocol] = yield* loop.subprocessExec(() => new Recorder(), 'sleep', ['1000']);
      transport.close();
      transport.close();
      yield* protocol.over;
      assert.equal(transport.getReturncode(), -9);
    }));

  test('an error in the protocol is reported, and the rest goes on', () =>
    on.run(function* () {
      const loop = getRunningLoop();
      const reports: string[] = [];
      loop.setExceptionHandler((_loop, context) => reports.push(`${context.message} ${context.exception}`));
      class Clumsy extends Recorder {
        override processExited(): void {
          throw new Error('oops');
        }
        override pipeDataReceived(): void {
          throw new Error('dropped');
        }
      }
      const [, protocol] = yield* loop.subprocessShell(() => new Clumsy(), 'echo x; read y <&-');
      yield* protocol.over;
      assert.deepEqual(reports.sort(), [
        'Fatal error: protocol.dataReceived() call failed. Error: dropped',
        'protocol.processExited() failed Error: oops',
      ]);
      assert.ok((yield* thrown(loop.subprocessExec(() => ({}) as never, 'true'))) instanceof TypeError);
    }));
});
