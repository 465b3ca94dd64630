import type { Runtime, Session } from 'node:inspector';
import { MADE } from './rewrite.ts';

/** How the debugger is shown a generator. */
const SHOWN = `${MADE}Shown`;

/**
 * Finds from a generator object alone the variable that `rewrite.ts` gave it: only a debugger can. So a coroutine that is
 * closed before it began, of which none of its own code hears, is not reported as forgotten. Slow, but seldom needed.
 */
export class CoroutineInspector {
  readonly #session: Session;
  readonly #shown: { generator: object | undefined };
  /** The prototypes of generators that have no such variable: iterators, and all of other packages. */
  readonly #others = new WeakSet<object>();

  private constructor(session: Session, shown: { generator: object | undefined }) {
    this.#session = session;
    this.#shown = shown;
  }

  /** Undefined where there is no inspector, or it is forbidden. */
  static async start(): Promise<CoroutineInspector | undefined> {
    try {
      const { Session } = await import('node:inspector');
      const session = new Session();
      session.connect();
      session.disconnect();
      const shown = { generator: undefined };
      Object.defineProperty(globalThis, SHOWN, { value: shown, configurable: true });
      return new CoroutineInspector(session, shown);
    } catch {
      return undefined;
    }
  }

  /** A generator that is about to be closed: if it has not begun, nobody has forgotten it. */
  closing(generator: object): void {
    const prototype = Object.getPrototypeOf(generator) as object | null;
    if (prototype === null || this.#others.has(prototype)) return;
    this.#shown.generator = generator;
    // Only as long as it asks: what is written to the console of an inspected program is kept alive.
    this.#session.connect();
    try {
      const local = this.#localScopeOf(`globalThis.${SHOWN}.generator`);
      if (local === undefined) return;
      const variable = local.find((one) => one.name === MADE);
      if (variable === undefined) this.#others.add(prototype);
      else if (variable.value?.objectId !== undefined) this.#callBegun(variable.value.objectId);
    } finally {
      this.#shown.generator = undefined;
      this.#session.disconnect();
    }
  }

  /** The variables; undefined for a generator that is over, or runs. */
  #localScopeOf(expression: string): Runtime.PropertyDescriptor[] | undefined {
    let id: string | undefined;
    this.#session.post('Runtime.evaluate', { expression, silent: true }, (_error, found) => {
      id = found?.result.objectId;
    });
    const scopes = this.#properties(id)?.internalProperties?.find((one) => one.name === '[[Scopes]]');
    const innermost = this.#properties(scopes?.value?.objectId)?.result.find((one) => one.name === '0');
    return this.#properties(innermost?.value?.objectId)?.result;
  }

  #properties(objectId: string | undefined): Runtime.GetPropertiesReturnType | undefined {
    if (objectId === undefined) return undefined;
    let properties: Runtime.GetPropertiesReturnType | undefined;
    // Within one thread the answer is there before `post` returns.
    this.#session.post('Runtime.getProperties', { objectId, ownProperties: true }, (_error, found) => {
      properties = found;
    });
    return properties;
  }

  #callBegun(objectId: string): void {
    this.#session.post('Runtime.callFunctionOn', { objectId, functionDeclaration: 'function () { this.begun(); }' });
  }
}
