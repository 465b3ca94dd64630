/** The operations that a FaultyDriver submits in place of those that it is given. */
import { RuntimeError } from '../../../src/core/errors.ts';
import type { Address } from '../../../src/io/address.ts';
import { ECANCELED } from '../../../src/io/errno.ts';
import * as io from '../../../src/io/operation.ts';
import type { Deliveries } from './deliveries.ts';

/** What a stand-in needs of its driver. */
export interface Stage {
  readonly deliveries: Deliveries;
  /** Cancels the stand-in, whose end follows. */
  cancelInner(operation: io.Operation): void;
  submitInner(operation: io.Operation): void;
  /** The connection is broken: all else on it fails as well. */
  poison(fd: number): void;
  /** How much of so many bytes goes in one piece. */
  splitReceived(length: number): number;
  splitSent(length: number): number;
}

/** An operation on its way: what it was given as, and what stands in for it. */
export class StandIn {
  readonly outer: io.Operation;
  readonly inner: io.Operation;
  /** It is to end with this error, whatever comes. */
  failure: number | undefined = undefined;

  constructor(outer: io.Operation, inner: io.Operation) {
    this.outer = outer;
    this.inner = inner;
  }
}

function resultOf(standIn: StandIn, result: number): number {
  return standIn.failure ?? result;
}

export function makeStandIn(stage: Stage, outer: io.Operation, failAfter: number, failure: number): StandIn {
  switch (outer.kind) {
    case io.RECEIVE:
      return receiveStandIn(stage, outer as io.Receive, failAfter, failure);
    case io.SEND:
      return sendStandIn(stage, outer as io.Send, failAfter, failure);
    case io.ACCEPT:
      return acceptStandIn(stage, outer as io.Accept);
    case io.RECEIVE_FROM:
      return receiveFromStandIn(stage, outer as io.ReceiveFrom);
    case io.SEND_TO:
      return sendToStandIn(stage, outer as io.SendTo);
    default:
      return plainStandIn(stage, outer);
  }
}

function receiveStandIn(stage: Stage, outer: io.Receive, failAfter: number, failure: number): StandIn {
  let left = failAfter;
  class Inner extends io.Receive {
    onData(memory: Buffer, start: number, end: number): void {
      // What comes behind the error that we made up was never there.
      if (standIn.failure !== undefined) return;
      const data = Buffer.from(memory.subarray(start, Math.min(end, start + left)));
      left -= data.length;
      for (let at = 0; at < data.length; ) {
        const piece = data.subarray(at, at + stage.splitReceived(data.length - at));
        at += piece.length;
        // In the middle of memory, so that whoever mistakes the bounds is found out.
        const roomy = Buffer.concat([Buffer.from('<<'), piece, Buffer.from('>>')]);
        stage.deliveries.add(outer, () => outer.onData(roomy, 2, 2 + piece.length));
      }
      if (left > 0) return;
      standIn.failure = failure;
      stage.poison(outer.fd);
      stage.cancelInner(this);
    }
    onEnd(result: number): void {
      stage.deliveries.end(outer, resultOf(standIn, result));
    }
  }
  const standIn = new StandIn(outer, new Inner());
  return standIn;
}

function sendStandIn(stage: Stage, outer: io.Send, failAfter: number, failure: number): StandIn {
  const given = outer.data!;
  const whole = given.length <= io.COPY_LIMIT ? Buffer.from(given) : given;
  const limit = Math.min(whole.length, failAfter);
  let sent = 0;
  class Inner extends io.Send {
    onEnd(result: number): void {
      if (result > 0) sent += result;
      const cancelled = outer.state !== io.SUBMITTED;
      if (standIn.failure !== undefined) stage.deliveries.end(outer, standIn.failure);
      else if (result < 0 && !(result === -ECANCELED && sent > 0)) stage.deliveries.end(outer, result);
      // With what was appended it may be more than was given.
      else if (cancelled || (sent >= limit && limit === whole.length)) stage.deliveries.end(outer, sent);
      else if (sent >= limit) fail();
      else next(this);
    }
  }
  const fail = (): void => {
    stage.poison(outer.fd);
    stage.deliveries.end(outer, failure);
  };
  const next = (inner: Inner): void => {
    inner.data = whole.subarray(sent, sent + stage.splitSent(limit - sent));
    stage.submitInner(inner);
  };
  const inner = new Inner();
  inner.data = limit === 0 ? whole.subarray(0, 1) : whole.subarray(0, stage.splitSent(limit));
  const standIn = new StandIn(outer, inner);
  return standIn;
}

function acceptStandIn(stage: Stage, outer: io.Accept): StandIn {
  class Inner extends io.Accept {
    onConnection(fd: number): void {
      stage.deliveries.add(outer, () => outer.onConnection(fd));
    }
    onEnd(result: number): void {
      stage.deliveries.end(outer, result === -ECANCELED ? resultOf(standIn, result) : result);
    }
  }
  const standIn = new StandIn(outer, new Inner());
  return standIn;
}

function receiveFromStandIn(stage: Stage, outer: io.ReceiveFrom): StandIn {
  class Inner extends io.ReceiveFrom {
    onDatagram(memory: Buffer, start: number, end: number, from: Address | undefined): void {
      const data = Buffer.from(memory.subarray(start, end));
      stage.deliveries.add(outer, () => outer.onDatagram(data, 0, data.length, from));
    }
    onError(result: number): void {
      stage.deliveries.add(outer, () => outer.onError(result));
    }
    onEnd(result: number): void {
      stage.deliveries.end(outer, result);
    }
  }
  return new StandIn(outer, new Inner());
}

/** Its questions cannot wait: only its end may come late. */
function sendToStandIn(stage: Stage, outer: io.SendTo): StandIn {
  class Inner extends io.SendTo {
    next(): boolean {
      if (!outer.next()) return false;
      this.data = outer.data;
      this.address = outer.address;
      return true;
    }
    onSent(result: number): void {
      outer.onSent(result);
    }
    onEnd(result: number): void {
      stage.deliveries.end(outer, result);
    }
  }
  return new StandIn(outer, new Inner());
}

/** Of those that only end. */
function plainStandIn(stage: Stage, outer: io.Operation): StandIn {
  const onEnd = (result: number): void => stage.deliveries.end(outer, result);
  let inner: io.Operation;
  if (outer.kind === io.CONNECT) {
    const { address, localAddress } = outer as io.Connect;
    inner = Object.assign(
      new (class extends io.Connect {
        onEnd = onEnd;
      })(),
      { address, localAddress },
    );
  } else if (outer.kind === io.LISTEN) {
    const { address, options } = outer as io.Listen;
    inner = Object.assign(
      new (class extends io.Listen {
        onEnd = onEnd;
      })(),
      { address, options },
    );
  } else if (outer.kind === io.POLL) {
    inner = Object.assign(
      new (class extends io.Poll {
        onEnd = onEnd;
      })(),
      { events: (outer as io.Poll).events },
    );
  } else if (outer.kind === io.OPEN_DATAGRAM) {
    const { family, address, peer, options } = outer as io.OpenDatagram;
    inner = Object.assign(
      new (class extends io.OpenDatagram {
        onEnd = onEnd;
      })(),
      { family, address, peer, options },
    );
  } else {
    throw new RuntimeError(`no stand-in for operations of kind ${outer.kind}`);
  }
  return new StandIn(outer, inner);
}
