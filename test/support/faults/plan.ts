import type { Random } from '../../differential/generate/random.ts';

/** How likely each fault is, from 0 to 1, each time that there is an occasion for it. */
export interface Odds {
  /** A piece of data that is received, or the data of a send, goes in several pieces. */
  readonly split: number;
  /** A completion is kept back for some polls. */
  readonly delay: number;
  /** `append` refuses. */
  readonly refuseAppend: number;
  /** `prepareSleep` says that there is something to do, though there is not. */
  readonly insomnia: number;
  /** A connect fails, before or after the connection was made. */
  readonly connect: number;
  /** A receive or a send breaks off with an error, at its first byte or later. */
  readonly receive: number;
  readonly send: number;
  /** Accepting ends: the system is out of descriptors or memory. */
  readonly accept: number;
  /** Shutting down fails: the connection is gone. */
  readonly shutdown: number;
}

export interface FaultPlan {
  readonly random: Random;
  readonly odds: Odds;
}

const NO_ERRORS = { connect: 0, receive: 0, send: 0, accept: 0, shutdown: 0 };

/** What a system may do to any program without breaking its promises. */
export const LAWFUL: Odds = { ...NO_ERRORS, split: 0.3, delay: 0.3, refuseAppend: 0.3, insomnia: 0.1 };

/** No faults at all. */
export const KIND: Odds = { ...NO_ERRORS, split: 0, delay: 0, refuseAppend: 0, insomnia: 0 };

/** With errors at every stage. */
export const HOSTILE: Odds = { ...LAWFUL, connect: 0.1, receive: 0.1, send: 0.05, accept: 0.2, shutdown: 0.1 };
