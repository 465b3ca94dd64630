import { main } from '../../../examples/http-hello.ts';
import { run } from '../../../src/index.ts';

await run(main('0'));
