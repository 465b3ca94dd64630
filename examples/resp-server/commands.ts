import { bulk, CommandError, failure, integer, list, NIL, OK, PONG } from './reply.ts';
import { List, type Store } from './store.ts';

/** In milliseconds; what a timer can be set to. */
const LONGEST_EXPIRY_MS = 2 ** 52;

type Words = readonly string[];

interface Command {
  /** How many words, its name counted; negative: at least so many. As Redis counts. */
  readonly arity: number;
  readonly run: (store: Store, words: Words) => string;
}

function whole(text: string): bigint {
  const value = /^-?\d{1,20}$/.test(text) ? BigInt(text) : undefined;
  if (value !== undefined && BigInt.asIntN(64, value) === value) return value;
  throw new CommandError('ERR value is not an integer or out of range');
}

function add(store: Store, key: string, by: bigint): string {
  const sum = whole(store.getString(key) ?? '0') + by;
  if (BigInt.asIntN(64, sum) !== sum) throw new CommandError('ERR increment or decrement would overflow');
  store.set(key, String(sum));
  return integer(sum);
}

function expire(store: Store, words: Words, unitMs: number): string {
  const ms = Number(whole(words[2]!)) * unitMs;
  if (Math.abs(ms) > LONGEST_EXPIRY_MS) throw new CommandError(`ERR invalid expire time in '${words[0]}' command`);
  return integer(store.expire(words[1]!, ms) ? 1 : 0);
}

/** SET key value [EX seconds | PX milliseconds] */
function set(store: Store, words: Words): string {
  const [, key, value, option, time] = words as [string, string, string, ...(string | undefined)[]];
  const unitMs = ({ EX: 1000, PX: 1 } as Record<string, number>)[option?.toUpperCase() ?? ''];
  if (option !== undefined && (unitMs === undefined || words.length !== 5)) throw new CommandError('ERR syntax error');
  const ms = time === undefined ? undefined : Number(whole(time)) * unitMs!;
  if (ms !== undefined && !(ms > 0 && ms <= LONGEST_EXPIRY_MS)) {
    throw new CommandError("ERR invalid expire time in 'set' command");
  }
  store.persist(key);
  store.set(key, value);
  if (ms !== undefined) store.expire(key, ms);
  return OK;
}

function timeToLive(store: Store, key: string): string {
  if (!store.has(key)) return integer(-2);
  const ms = store.timeToLive(key);
  return integer(ms === undefined ? -1 : Math.max(0, Math.round(ms / 1000)));
}

function push(store: Store, words: Words, side: 'pushLeft' | 'pushRight'): string {
  const key = words[1]!;
  const values = store.getList(key) ?? new List();
  for (let i = 2; i < words.length; i += 1) values[side](words[i]!);
  store.set(key, values);
  return integer(values.length);
}

function pop(store: Store, key: string, side: 'popLeft' | 'popRight'): string {
  const values = store.getList(key);
  if (values === undefined) return NIL;
  const value = values[side]();
  if (values.length === 0) store.delete(key);
  return bulk(value);
}

/** LRANGE key from to: both are part of it, and negative ones count from the end. */
function range(store: Store, [, key, first, last]: Words): string {
  const values = store.getList(key!);
  const place = (text: string): number => {
    const index = Number(whole(text));
    return index < 0 ? index + (values?.length ?? 0) : index;
  };
  const from = Math.max(0, place(first!));
  const to = Math.min((values?.length ?? 0) - 1, place(last!));
  const found: string[] = [];
  for (let i = from; i <= to; i += 1) found.push(values!.at(i));
  return list(found);
}

function setSeveral(store: Store, words: Words): string {
  if (words.length % 2 === 0) throw new CommandError("ERR wrong number of arguments for 'mset' command");
  for (let i = 1; i < words.length; i += 2) {
    store.persist(words[i]!);
    store.set(words[i]!, words[i + 1]!);
  }
  return OK;
}

function flush(store: Store): string {
  store.clear();
  return OK;
}

const count = (words: Words, fn: (key: string) => boolean): string => integer(words.slice(1).filter(fn).length);

const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['PING', { arity: -1, run: (_, words) => (words.length > 1 ? bulk(words[1]) : PONG) }],
  ['ECHO', { arity: 2, run: (_, words) => bulk(words[1]) }],
  ['QUIT', { arity: -1, run: () => OK }],
  ['SELECT', { arity: 2, run: (_, words) => (words[1] === '0' ? OK : failure('ERR DB index is out of range')) }],
  // redis-benchmark asks for `save` and `appendonly`.
  ['CONFIG', { arity: -2, run: (_, words) => (words.length === 3 ? list([words[2]!, '']) : failure('ERR only GET')) }],
  ['DBSIZE', { arity: 1, run: (store) => integer(store.size) }],
  ['FLUSHALL', { arity: -1, run: flush }],
  ['SET', { arity: -3, run: set }],
  ['GET', { arity: 2, run: (store, words) => bulk(store.getString(words[1]!)) }],
  ['MSET', { arity: -3, run: setSeveral }],
  ['DEL', { arity: -2, run: (store, words) => count(words, (key) => store.delete(key)) }],
  ['EXISTS', { arity: -2, run: (store, words) => count(words, (key) => store.has(key)) }],
  ['INCR', { arity: 2, run: (store, words) => add(store, words[1]!, 1n) }],
  ['DECR', { arity: 2, run: (store, words) => add(store, words[1]!, -1n) }],
  ['INCRBY', { arity: 3, run: (store, words) => add(store, words[1]!, whole(words[2]!)) }],
  ['EXPIRE', { arity: 3, run: (store, words) => expire(store, words, 1000) }],
  ['PEXPIRE', { arity: 3, run: (store, words) => expire(store, words, 1) }],
  ['PERSIST', { arity: 2, run: (store, words) => integer(store.persist(words[1]!) ? 1 : 0) }],
  ['TTL', { arity: 2, run: (store, words) => timeToLive(store, words[1]!) }],
  ['LPUSH', { arity: -3, run: (store, words) => push(store, words, 'pushLeft') }],
  ['RPUSH', { arity: -3, run: (store, words) => push(store, words, 'pushRight') }],
  ['LPOP', { arity: 2, run: (store, words) => pop(store, words[1]!, 'popLeft') }],
  ['RPOP', { arity: 2, run: (store, words) => pop(store, words[1]!, 'popRight') }],
  ['LLEN', { arity: 2, run: (store, words) => integer(store.getList(words[1]!)?.length ?? 0) }],
  ['LRANGE', { arity: 4, run: range }],
]);

/** The answer to a command of at least one word. */
export function answer(store: Store, words: Words): string {
  const name = words[0]!;
  const command = commands.get(name) ?? commands.get(name.toUpperCase());
  if (command === undefined) return failure(`ERR unknown command '${name.slice(0, 128)}'`);
  const { arity, run } = command;
  if (arity < 0 ? words.length < -arity : words.length !== arity) {
    return failure(`ERR wrong number of arguments for '${name.toLowerCase()}' command`);
  }
  try {
    return run(store, words);
  } catch (error) {
    if (error instanceof CommandError) return failure(error.message);
    throw error;
  }
}
