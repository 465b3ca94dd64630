import { RuntimeError } from '../core/errors.ts';
import { ReadPipeTransport } from '../net/read-pipe-transport.ts';
import { WaterMarks } from '../net/water-marks.ts';
import { WritePipeTransport } from '../net/write-pipe-transport.ts';
import type { ChildPipe } from './child.ts';

/** What a child writes. As a transport of both directions it takes nothing. */
export class OutputPipe extends ReadPipeTransport implements ChildPipe {
  write(): void {
    throw new RuntimeError('write: a child writes to this pipe, it cannot be written to');
  }

  writeLines(): void {
    this.write();
  }

  writeEof(): void {
    this.close();
  }

  canWriteEof(): boolean {
    return false;
  }

  abort(): void {
    this.close();
  }

  getWriteBufferSize(): number {
    return 0;
  }

  getWriteBufferLimits(): { readonly low: number; readonly high: number } {
    return new WaterMarks();
  }

  setWriteBufferLimits(): void {}
}

/** What a child reads. */
export class InputPipe extends WritePipeTransport implements ChildPipe {
  isReading(): boolean {
    return false;
  }

  pauseReading(): void {}

  resumeReading(): void {}
}
