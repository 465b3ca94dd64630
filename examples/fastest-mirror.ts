/**
 * Asks several servers for the same page, takes the first answer and breaks the other requests off: `fetch` gets the
 * signal of the task that it works for.
 *
 *   npx tsyncio run examples/fastest-mirror.ts https://nodejs.org https://deno.com https://bun.sh
 */
import { type Coroutine, createTask, FIRST_COMPLETED, gather, type Task, taskSignal, wait, wrapFuture } from 'tsyncio';

interface Answer {
  readonly url: string;
  readonly text: string;
}

function* ask(url: string): Coroutine<Answer> {
  const response = yield* wrapFuture(fetch(url, { signal: taskSignal() }));
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return { url, text: yield* wrapFuture(response.text()) };
}

/** The first that succeeds; when none does, the error of the last. */
function* fastest(urls: readonly string[]): Coroutine<Answer> {
  let asked: Iterable<Task<Answer>> = urls.map((url) => createTask(ask(url), { name: url }));
  try {
    for (;;) {
      const { done, pending } = yield* wait(asked, { returnWhen: FIRST_COMPLETED });
      const good =
        [...done].find((task) => task.exception() === undefined) ?? (pending.size === 0 ? [...done][0]! : undefined);
      asked = pending as Set<Task<Answer>>;
      if (good !== undefined) return good.result() as Answer;
    }
  } finally {
    for (const task of asked) task.cancel();
    for (const error of yield* gather(asked, { returnExceptions: true })) console.log(`broken off: ${String(error)}`);
  }
}

export function* main(...urls: string[]): Coroutine<void> {
  const { url, text } = yield* fastest(urls);
  console.log(`${url} was first, with ${text.length} characters`);
}
