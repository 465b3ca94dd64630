import { readFileSync } from 'node:fs';
import { BENCH } from './place.ts';

/** The tests' own, for localhost. */
const KEY_FILE = `${BENCH}../test/fixtures/tls/server.key`;
const CERTIFICATE_FILE = `${BENCH}../test/fixtures/tls/server.pem`;

export const readCertificate = (): { readonly key: Buffer; readonly cert: Buffer } => ({
  key: readFileSync(KEY_FILE),
  cert: readFileSync(CERTIFICATE_FILE),
});
