import assert from 'node:assert/strict';
import { RuntimeError } from '../../src/core/errors.ts';
import { ECANCELED } from '../../src/io/errno.ts';
import type { DriverFactory } from './conformance.ts';
import { conform, pattern, TestAccept, TestConnect, TestReceive, TestSend } from './harness.ts';

export function callbacksConformance(factory: DriverFactory): void {
  conform('two of one kind on one descriptor are refused', factory, async (rig) => {
    const { client, server } = await rig.pair();
    const listener = await rig.listen();
    const receive = rig.receive(server);
    const send = await rig.fill(client);
    const accept = rig.submit(new TestAccept(listener));
    for (const second of [new TestReceive(server), new TestSend(client, 'x'), new TestAccept(listener)]) {
      assert.throws(() => rig.driver.submit(second), RuntimeError);
      assert.equal(second.state, 0, 'the refused one stays idle');
    }
    for (const same of [receive, send, accept]) assert.throws(() => rig.driver.submit(same), RuntimeError);
    for (const one of [receive, send, accept]) assert.equal(one.ends.length, 0);
  });

  conform('nothing is called back from inside submit, cancel or flush', factory, async (rig) => {
    const { client, server } = await rig.pair();
    await rig.end(rig.send(client, 'ready'));
    const receive = rig.receive(server);
    const send = rig.send(client, 'more');
    const connect = rig.submit(new TestConnect({ family: 4, host: 'nonsense', port: 1 }));
    rig.driver.flush();
    rig.driver.cancel(receive);
    assert.deepEqual([receive.pieces, receive.ends, send.ends, connect.ends], [[], [], [], []]);
    for (const operation of [receive, send, connect]) await rig.end(operation);
  });

  conform('an error of onData leaves poll and loses nothing', factory, async (rig) => {
    const pairs = await rig.pairs(4);
    const receives = pairs.map(({ server }) => rig.receive(server));
    const data = pattern(300_000);
    let thrown = 0;
    for (const receive of receives) {
      receive.onMore = () => {
        thrown++;
        throw new Error('from onData');
      };
    }
    const sends = pairs.map(({ client }) => rig.send(client, data));
    const all = (): boolean => receives.every((receive) => receive.length === data.length);
    let caught = 0;
    for (let i = 0; i < 2_000 && !all(); i++) {
      try {
        await rig.wait();
      } catch (error) {
        assert.equal((error as Error).message, 'from onData');
        caught++;
      }
    }
    assert.ok(all());
    assert.equal(caught, thrown);
    for (const receive of receives) assert.ok(receive.data.equals(data));
    for (const send of sends) assert.equal(await rig.end(send), data.length);
  });

  conform('an error of onEnd leaves poll and loses nothing', factory, async (rig) => {
    const pairs = await rig.pairs(4);
    const sends = pairs.map(({ client }) => rig.send(client, 'x'));
    for (const send of sends) {
      send.onOver = () => {
        throw new Error('from onEnd');
      };
    }
    let caught = 0;
    for (let i = 0; i < 500 && caught < sends.length; i++) {
      try {
        await rig.wait();
      } catch (error) {
        assert.equal((error as Error).message, 'from onEnd');
        caught++;
      }
    }
    assert.equal(caught, sends.length);
  });

  conform('an error of onConnection loses no connection', factory, async (rig) => {
    const listener = await rig.listen();
    const accept = rig.submit(new TestAccept(listener));
    accept.onMore = () => {
      throw new Error('from onConnection');
    };
    const address = rig.driver.localAddress(listener);
    const connects = Array.from({ length: 5 }, () => rig.submit(new TestConnect(address)));
    let caught = 0;
    for (let i = 0; i < 500 && !(accept.fds.length === 5 && connects.every((one) => one.ends.length === 1)); i++) {
      try {
        await rig.wait();
      } catch (error) {
        assert.equal((error as Error).message, 'from onConnection');
        caught++;
      }
    }
    assert.equal(new Set(accept.fds).size, 5);
    assert.equal(caught, 5);
  });

  conform('submitted anew from inside its own end', factory, async (rig) => {
    const { client, server } = await rig.pair();
    const receive = rig.receive(server);
    const send = rig.send(client, 'x');
    let left = 1_000;
    send.onOver = () => {
      if (--left > 0) rig.submit(send);
    };
    await rig.until(() => left === 0, 'a thousand sends');
    await rig.until(() => receive.length === 1_000, 'a thousand bytes');
  });

  conform('one that always ends at once does not hold the loop', factory, async (rig) => {
    const connect = new TestConnect({ family: 4, host: 'nonsense', port: 1 });
    const resubmit = connect.onEnd.bind(connect);
    let running = true;
    connect.onEnd = (result) => {
      resubmit(result);
      if (running) rig.submit(connect);
    };
    rig.submit(connect);
    await rig.polls(10);
    assert.ok(connect.ends.length >= 2 && connect.ends.length <= 100, `${connect.ends.length} ends in 10 polls`);
    running = false;
    await rig.end(connect);
  });

  conform('closed from inside the end of its own receive, then used anew', factory, async (rig) => {
    const { client, server } = await rig.pair();
    const receive = rig.receive(server);
    let reused = -1;
    receive.onOver = () => {
      rig.driver.close(server);
      rig.driver.close(client);
    };
    receive.onMore = () => rig.driver.cancel(receive);
    rig.send(client, 'x').onOver = () => undefined;
    assert.equal(await rig.end(receive), -ECANCELED);
    // The numbers are given out again; what epoll or the ring still say of the old ones must not reach the new.
    const next = await rig.pair();
    reused = next.server;
    const fresh = rig.receive(reused);
    await rig.polls(5);
    assert.deepEqual([fresh.pieces, fresh.ends], [[], []]);
    rig.send(next.client, 'new');
    await rig.until(() => fresh.length === 3, 'the new word');
    assert.equal(fresh.data.toString(), 'new');
  });

  conform('a flood on one connection does not hold up the others', factory, async (rig) => {
    const flood = await rig.pair();
    const quiet = await rig.pair();
    const send = rig.send(flood.client, Buffer.alloc(32 * 1024 * 1024));
    send.onOver = () => undefined;
    const flooded = rig.receive(flood.server);
    const heard = rig.receive(quiet.server);
    await rig.until(() => flooded.length > 0, 'the flood');
    rig.send(quiet.client, 'me too');
    await rig.until(() => heard.length === 6, 'the quiet one');
    assert.ok(flooded.length < 32 * 1024 * 1024, 'heard while the flood went on');
  });
}
