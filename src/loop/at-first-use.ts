/** The drivers, a quarter of the library: in the build for Node loaded at the first call, as src/net/at-first-use.ts. */
export { connectNodePipe } from '../process/connect-node-pipe.ts';
export { chooseDriver } from './choose-driver.ts';
export { watchDescriptor } from './watch-descriptor.ts';
