/** A command that outgrows an argument when it is quoted twice: nothing that the caller could have counted. */
import { LinuxSandboxProfileError } from '@anthropic-ai/sandbox-runtime';
import { UserError } from '../../core/errors.ts';

/** `error` is what the runtime throws. */
export function isTooLong(error: unknown): boolean {
  return error instanceof LinuxSandboxProfileError && error.code === 'command_too_long';
}

export function tooLong(cause?: unknown): UserError {
  return new UserError('The command is too long with all its quotes: put it into a file and run that.', {
    cause,
  });
}
