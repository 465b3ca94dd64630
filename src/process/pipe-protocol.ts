import { Protocol } from '../net/protocol.ts';

/** What a pipe tells the child's transport. */
export interface PipeOwner {
  pipeData(fd: number, data: Buffer): void;
  pipeLost(fd: number, error: Error | undefined): void;
  pauseWriting(): void;
  resumeWriting(): void;
}

/** The protocol of one pipe of a child. */
export class PipeProtocol extends Protocol {
  readonly #owner: PipeOwner;
  readonly #fd: number;

  constructor(owner: PipeOwner, fd: number) {
    super();
    this.#owner = owner;
    this.#fd = fd;
  }

  override dataReceived(data: Buffer): void {
    this.#owner.pipeData(this.#fd, data);
  }

  override connectionLost(error: Error | undefined): void {
    this.#owner.pipeLost(this.#fd, error);
  }

  override pauseWriting(): void {
    this.#owner.pauseWriting();
  }

  override resumeWriting(): void {
    this.#owner.resumeWriting();
  }
}
