/** A file of a repository that is longer than we read: whoever asked for the file says what that means. */
import { UserError } from '../../core/errors.ts';

export const FILE_MAX_BYTES = 256 * 1024;

export class FileTooLargeError extends UserError {
  override readonly name = 'FileTooLargeError';
  /** Null when it was not read to its end. */
  readonly bytes: number | null;

  constructor(path: string, bytes: number | null, options: { readonly cause?: unknown } = {}) {
    const size = bytes === null ? 'is too long' : `has ${bytes} bytes`;
    super(`${path} ${size}; at most ${FILE_MAX_BYTES} are read: shorten it.`, options);
    this.bytes = bytes;
  }
}
