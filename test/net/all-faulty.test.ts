/** The suites of transports, streams, datagrams, pipes and TLS, on drivers that do what a system may do to any program. */
import { goThroughFaults } from './through-faults.ts';

goThroughFaults(1);
for (const suite of [
  'bad-input',
  'closing',
  'datagrams',
  'descriptors',
  'echo',
  'pipes',
  'sendfile',
  'tls',
  'tls-upgrade',
  'transports',
  'unix',
]) {
  await import(`./${suite}.test.ts`);
}
