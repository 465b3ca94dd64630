import { type Coroutine, createSubprocessExec, gather, PIPE, run } from '../../../src/index.ts';
import {
  AT_A_TIME,
  cpuMs,
  ONE_BY_ONE,
  printTimes,
  ROUNDS_OF_SEVERAL,
  SAID,
  SILENT,
  TALKING,
  WARM_UP,
} from '../workload.ts';

function* silent(): Coroutine<void> {
  const child = yield* createSubprocessExec(SILENT[0], []);
  const code = yield* child.wait();
  if (code !== 0) throw new Error(`exit code ${code}`);
}

function* talking(): Coroutine<void> {
  const child = yield* createSubprocessExec(TALKING[0], [TALKING[1]], { stdout: PIPE });
  const [output] = yield* child.communicate();
  if (String(output) !== SAID) throw new Error('wrong output');
}

function* main(): Coroutine<void> {
  for (let i = 0; i < WARM_UP; i += 1) yield* silent();
  const cpu = cpuMs();
  const from = performance.now();
  for (let i = 0; i < ONE_BY_ONE; i += 1) yield* silent();
  const afterOne = performance.now();
  for (let i = 0; i < ROUNDS_OF_SEVERAL; i += 1) yield* gather(Array.from({ length: AT_A_TIME }, silent));
  const afterSeveral = performance.now();
  for (let i = 0; i < ONE_BY_ONE; i += 1) yield* talking();
  printTimes({
    oneByOneMs: afterOne - from,
    severalMs: afterSeveral - afterOne,
    talkingMs: performance.now() - afterSeveral,
    cpuMs: cpuMs() - cpu,
  });
}

await run(main());
