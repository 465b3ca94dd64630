import { join } from 'node:path';
import { Child, root } from './child.ts';

/** Starts `tsyncio run examples/NAME`, on the build, which `npm test` makes first. */
export function startExample(name: string, ...args: string[]): Child {
  return new Child([join(root, 'bin/tsyncio.js'), 'run', join(root, 'examples', name), ...args], {}, root);
}
