/** The five kinds of answers of the protocol (RESP 2), as strings of bytes. */
export const OK = '+OK\r\n';
export const PONG = '+PONG\r\n';
export const NIL = '$-1\r\n';

export const failure = (text: string): string => `-${text.replaceAll(/[\r\n]/g, ' ')}\r\n`;
export const integer = (value: number | bigint): string => `:${value}\r\n`;
export const bulk = (value: string | undefined): string =>
  value === undefined ? NIL : `$${value.length}\r\n${value}\r\n`;

export function list(values: readonly string[]): string {
  let text = `*${values.length}\r\n`;
  for (const value of values) text += bulk(value);
  return text;
}

/** An answer that says what the client did wrong. */
export class CommandError extends Error {}
