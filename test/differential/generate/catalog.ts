/** All operations, with how each is made up. */
import { BASIC_LATER, BASIC_NOW, type Maker } from './operations.ts';
import { RESOURCES_LATER, RESOURCES_NOW } from './resources.ts';

/** Operations that never suspend: allowed in callbacks. */
export const NOW: Record<string, Maker> = { ...BASIC_NOW, ...RESOURCES_NOW };
/** Operations that may suspend. */
export const LATER: Record<string, Maker> = { ...BASIC_LATER, ...RESOURCES_LATER };
