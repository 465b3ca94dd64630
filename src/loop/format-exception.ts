import type { ExceptionContext } from '../core/exception-context.ts';
import { formatProblem, type ProblemOptions } from './format-problem.ts';

/** The text that the default exception handler writes: message, what is known of the source, and the error's stack. */
export function formatExceptionContext(context: ExceptionContext, options: ProblemOptions): string {
  const lines = [context.message || 'Unhandled exception in event loop'];
  for (const key of ['task', 'future', 'handle', 'transport', 'protocol', 'asyncGenerator'] as const) {
    if (context[key] !== undefined) lines.push(`${key}: ${String(context[key])}`);
  }
  if (context.sourceTraceback !== undefined) {
    lines.push(`created at:${context.sourceTraceback.replace(/^Error[^\n]*/, '')}`);
  }
  if (context.exception !== undefined) lines.push(formatProblem(context.exception, options));
  return lines.join('\n');
}
