import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Driver } from '../../src/io/driver.ts';
import { Linger } from '../../src/loop/linger.ts';

/** A driver on whose clock every look takes 10 µs and completions arrive at given times, in ms. */
class TimedDriver {
  time = 0;
  looks = 0;
  waits = 0;
  arrivals: number[] = [];
  readonly now = (): number => this.time;

  private take(): number {
    const before = this.arrivals.length;
    this.arrivals = this.arrivals.filter((at) => at > this.time);
    return before - this.arrivals.length;
  }

  poll(): number {
    this.looks++;
    this.time += 0.01;
    return this.take();
  }

  wait(timeMs: number): number {
    this.waits++;
    this.time = Math.min(this.time + timeMs, ...this.arrivals.filter((at) => at > this.time));
    return this.take();
  }
}

const newLinger = (): { driver: TimedDriver; linger: (timeMs: number) => number } => {
  const driver = new TimedDriver();
  const linger = new Linger(driver);
  return { driver, linger: (timeMs) => linger.await(driver as unknown as Driver, timeMs) };
};

test('a completion that comes soon is found by looking, without a wait in the kernel', () => {
  const { driver, linger } = newLinger();
  for (let i = 0; i < 100; i++) {
    driver.arrivals = [driver.time + 0.03];
    assert.equal(linger(0.2), 1);
  }
  assert.equal(driver.waits, 0);
});

test('one that comes later is waited for, and looking is soon given up', () => {
  const { driver, linger } = newLinger();
  for (let i = 0; i < 1000; i++) {
    driver.arrivals = [driver.time + 0.1];
    assert.equal(linger(0.2), 1);
  }
  assert.equal(driver.waits, 1000);
  assert.ok(driver.looks < 200, `${driver.looks} looks`);
});

test('when nothing comes, both are given up, and tried again now and then', () => {
  const { driver, linger } = newLinger();
  for (let i = 0; i < 1000; i++) assert.equal(linger(0.2), 0);
  assert.ok(driver.waits > 5 && driver.waits < 40, `${driver.waits} waits`);
  // Each chance that is let pass still looks once.
  assert.ok(driver.looks < 1300, `${driver.looks} looks`);
  assert.ok(driver.time < 25, `${driver.time} ms`);
});

test('no later than it may', () => {
  const { driver, linger } = newLinger();
  driver.arrivals = [1];
  assert.equal(linger(0.1), 0);
  assert.ok(driver.time <= 0.12, `${driver.time} ms`);
  assert.equal(driver.arrivals.length, 1);
});
