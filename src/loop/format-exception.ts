import { describeError } from '../core/errors.ts';
import type { ExceptionContext } from '../core/scheduler.ts';

/** The text that the default exception handler writes: message, what is known of the source, and the error's stack. */
export function formatExceptionContext(context: ExceptionContext): string {
  const lines = [context.message || 'Unhandled exception in event loop'];
  for (const key of ['task', 'future', 'handle', 'transport', 'protocol', 'asyncGenerator'] as const) {
    if (context[key] !== undefined) lines.push(`${key}: ${String(context[key])}`);
  }
  if (context.sourceTraceback !== undefined) {
    lines.push(`created at:${context.sourceTraceback.replace(/^Error[^\n]*/, '')}`);
  }
  if (context.exception !== undefined) lines.push(formatError(context.exception));
  return lines.join('\n');
}

function formatError(error: unknown): string {
  if (!(error instanceof Error)) return describeError(error);
  const text = error.stack ?? describeError(error);
  if (!(error instanceof AggregateError)) return text;
  return [
    text,
    ...error.errors.map((one, index) => `  [${index + 1}] ${formatError(one).replaceAll('\n', '\n  ')}`),
  ].join('\n');
}
