import type { CancelledError } from './errors.ts';
import type { UnretrievedRecord } from './unretrieved.ts';

/** What most futures never have. Made at the first need: as fields of the future they would be 24 bytes of each. @internal */
export interface FutureNotes {
  cancelMessage?: string | undefined;
  cancelledError?: CancelledError | undefined;
  /** Set while it has failed and nobody has asked. */
  unretrieved?: UnretrievedRecord | undefined;
}
