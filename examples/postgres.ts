/**
 * PostgreSQL by `pg`: queries side by side, a transaction, and a query that a timeout ends in the server as well.
 *
 *   npx tsyncio run examples/postgres.ts postgresql://localhost/postgres
 */
import pg from 'pg';
import { asyncWith, CancelledError, type Coroutine, gather, TimeoutError, timeout, wrapFuture } from 'tsyncio';

/** A connection of the pool for as long as the body takes. */
function* withClient<T>(pool: pg.Pool, body: (client: pg.PoolClient) => Coroutine<T>): Coroutine<T> {
  const connecting = pool.connect();
  let client: pg.PoolClient;
  try {
    client = yield* wrapFuture(connecting);
  } catch (error) {
    // Cancelled while others had them all: what comes for us later goes back.
    if (error instanceof CancelledError)
      connecting.then(
        (late) => late.release(),
        () => {},
      );
    throw error;
  }
  try {
    return yield* body(client);
  } finally {
    client.release();
  }
}

/** One query. Cancelled, it is stopped in the server too, and the connection can be used again. */
function* query(pool: pg.Pool, client: pg.PoolClient, text: string, values: unknown[] = []): Coroutine<unknown[]> {
  const answer = client.query<Record<string, unknown>>(text, values);
  try {
    return (yield* wrapFuture(answer)).rows;
  } catch (error) {
    if (error instanceof CancelledError) {
      const { processID } = client as unknown as { readonly processID: number };
      yield* wrapFuture(pool.query('select pg_cancel_backend($1)', [processID]));
      // Its end, in whatever way: before that the connection is not free.
      yield* wrapFuture(
        answer.then(
          () => {},
          () => {},
        ),
      );
    }
    throw error;
  }
}

function* order(pool: pg.Pool, drink: string, price: number): Coroutine<void> {
  yield* withClient(pool, function* (client) {
    yield* query(pool, client, 'begin');
    try {
      yield* query(pool, client, 'insert into orders values ($1, $2)', [drink, price]);
      if (price < 0) throw new RangeError(`${drink} costs less than nothing`);
      yield* query(pool, client, 'commit');
    } catch (error) {
      yield* query(pool, client, 'rollback');
      throw error;
    }
  });
}

function* serve(pool: pg.Pool): Coroutine<void> {
  yield* wrapFuture(pool.query('create table orders (drink text, price integer)'));
  yield* gather(['beer', 'wine', 'tea'].map((drink, i) => order(pool, drink, 3 + i)));
  const [refused] = yield* gather([order(pool, 'water', -1)], { returnExceptions: true });
  console.log(`refused: ${(refused as Error).message}`);
  const { rows } = yield* wrapFuture(pool.query('select count(*)::int as drinks, sum(price)::int as sum from orders'));
  console.log(`sold: ${JSON.stringify(rows[0])}`);

  try {
    yield* asyncWith(
      timeout(200),
      withClient(pool, (client) => query(pool, client, 'select pg_sleep(600)')),
    );
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    console.log('the long query was given up');
  }
  const active = "select count(*)::int as n from pg_stat_activity where state = 'active' and query like '%pg_sleep%'";
  const { rows: left } = yield* wrapFuture(pool.query(`${active} and pid <> pg_backend_pid()`));
  console.log(`still running in the server: ${left[0].n}`);
  console.log(`connections in use: ${pool.totalCount - pool.idleCount}`);
}

export function* main(connectionString = 'postgresql://localhost/postgres'): Coroutine<void> {
  const pool = new pg.Pool({ connectionString, max: 4 });
  try {
    yield* serve(pool);
  } finally {
    yield* wrapFuture(pool.end());
  }
}
