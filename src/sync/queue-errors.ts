/** `getNowait` found nothing. */
export class QueueEmpty extends Error {
  override readonly name: string = 'QueueEmpty';
}

/** `putNowait` found no room. */
export class QueueFull extends Error {
  override readonly name: string = 'QueueFull';
}

/** The queue was shut down: nothing can be put any more, or nothing is left to get. */
export class QueueShutDown extends Error {
  override readonly name: string = 'QueueShutDown';
}
