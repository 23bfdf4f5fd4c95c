// The end of a run whose change is larger than a patch may be.
import { RunEndedError } from '../core/errors.ts';

export function patchTooLarge(limitBytes: number): RunEndedError {
  return new RunEndedError(
    'limit_reached',
    `The change is larger than ${limitBytes} bytes as a patch, which is the limit, so it was not kept. Ask for it in smaller parts, and for no large files that are made by a program.`,
  );
}
