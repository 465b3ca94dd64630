/** The head of an HTTP/1 request. Strict where two readers could understand it differently: so requests are smuggled. */

const MAX_BODY_BYTES = 1024 * 1024;

const REQUEST_LINE = /^([!#$%&'*+.^_`|~\w-]+) ([\x21-\xff]+) HTTP\/1\.([01])$/;
const HEADER = /^([!#$%&'*+.^_`|~\w-]+):([^\x00-\x08\x0a-\x1f\x7f]*)$/;
/** Headers which must not come twice. */
const SINGLE = new Set(['host', 'content-length', 'transfer-encoding']);

export const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
};

/** A request that is answered with an error; the connection ends with it. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number) {
    super(REASONS[status]);
    this.status = status;
  }
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly keepAlive: boolean;
  readonly bodyBytes: number;
}

function parseHeaders(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let i = 1; i < lines.length; i += 1) {
    const [, name, value] = HEADER.exec(lines[i]!) ?? [];
    if (name === undefined || value === undefined) throw new Refusal(400);
    const key = name.toLowerCase();
    const before = headers.get(key);
    if (before !== undefined && SINGLE.has(key)) throw new Refusal(400);
    headers.set(key, before === undefined ? value.trim() : `${before}, ${value.trim()}`);
  }
  return headers;
}

function bodyBytesOf(headers: ReadonlyMap<string, string>): number {
  const length = headers.get('content-length');
  if (headers.has('transfer-encoding')) throw new Refusal(length === undefined ? 501 : 400);
  if (length === undefined) return 0;
  if (!/^\d+$/.test(length)) throw new Refusal(400);
  if (Number(length) > MAX_BODY_BYTES) throw new Refusal(413);
  return Number(length);
}

/** What is before the empty line. Throws Refusal. */
export function parseHead(head: string): Request {
  const lines = head.split('\r\n');
  const [, method, path, minor] = REQUEST_LINE.exec(lines[0]!) ?? [];
  if (method === undefined || path === undefined) throw new Refusal(400);
  const headers = parseHeaders(lines);
  if (minor === '1' && !headers.has('host')) throw new Refusal(400);
  const wish = headers.get('connection')?.toLowerCase();
  const keepAlive = minor === '1' ? wish !== 'close' : wish === 'keep-alive';
  return { method, path, headers, keepAlive, bodyBytes: bodyBytesOf(headers) };
}
