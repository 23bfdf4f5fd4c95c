/** Puts git's and the disk's failures into the three kinds of the error vocabulary. */
import { TransientError, UserError } from '../../core/errors.ts';
import { DISK_FULL } from '../../core/messages/branches.ts';
import { GitError } from './git.ts';

/** Git often keeps the system's reason to itself; a file of ours that cannot be written is a full disk then. */
const NO_SPACE =
  /no space left on device|disk quota exceeded|ENOSPC|EDQUOT|unable to write (?:file|new[ _]index|loose|sha1)|(?:file )?write error/i;
const MISSING =
  /not our ref|couldn't find remote ref|unadvertised object|no such ref|bad object|unknown revision/i;
const NO_REPOSITORY = /repository .*not found|does not appear to be a git repository|returned error: 404/i;
/** GitHub's own words for it. A bare 403 is its rate limit as well: it is tried again, a bounded number of times. */
const FORBIDDEN = /permission to .* denied|write access to .* not granted/i;
/** Git's own guard for a folder on this machine: its settings are its owner's. */
const OTHER_OWNER = /dubious ownership|unsafe repository/i;
const INVALID_PATH = /invalid path '(.*)'|(?:file|at|stat) '?(.*?)'?: File name too long/;
const CORRUPT =
  /corrupt|not a git repository|cannot read object|could not get object info|unable to (?:read|find|open) .*(?:object|pack|tree|[0-9a-f]{40})|(?:loose|missing) (?:object|blob|tree|commit)|bad (?:object|tree|signature|pack)|inflate|packfile .* (?:cannot|index)|hash mismatch|invalid sha1 pointer|unresolved deltas|garbage|did not receive expected object|failed to traverse|failed to unpack tree/i;

/** For a call that talks to GitHub. */
export function fetchFailure(error: unknown, what: string): unknown {
  if (!(error instanceof GitError)) return diskFailure(error);
  if (NO_SPACE.test(error.stderr)) return noSpace(error);
  if (error.timedOut) return new TransientError(`${what} took too long`, { cause: error });
  if (OTHER_OWNER.test(error.stderr)) {
    return new UserError(`${what}: the folder belongs to another user, so git does not read it`, {
      cause: error,
    });
  }
  if (NO_REPOSITORY.test(error.stderr))
    return new UserError(`${what}: the repository was not found`, { cause: error });
  if (FORBIDDEN.test(error.stderr)) {
    return new UserError(`${what}: the App has no permission for this repository's contents`, {
      cause: error,
    });
  }
  if (MISSING.test(error.stderr)) {
    return new UserError(
      `${what}: the commit is no longer in the repository. Start again from the newest one.`,
      { cause: error },
    );
  }
  return new TransientError(`${what} failed: ${error.message}`, { cause: error });
}

/** For a local call: trouble with the disk passes, the rest is as it is. */
export function diskFailure(error: unknown): unknown {
  const text = error instanceof GitError ? error.stderr : error instanceof Error ? error.message : '';
  return NO_SPACE.test(text) ? noSpace(error) : error;
}

/** Git's own guard against trees that would write into a git directory, or out of the work tree; and names that no disk takes. */
export function pathFailure(error: unknown): unknown {
  const found = error instanceof GitError ? INVALID_PATH.exec(error.stderr) : null;
  if (found === null) return error;
  const path = found[1] ?? found[2] ?? '';
  return new UserError(
    `The repository holds \`${path.slice(0, 200)}\`, a path that git does not check out.`,
    {
      cause: error,
    },
  );
}

export function isCorruption(error: unknown): boolean {
  return error instanceof GitError && CORRUPT.test(error.stderr) && !NO_SPACE.test(error.stderr);
}

/** Others may need the room for a moment only; what does not fit by itself is not tried for long. */
const FULL_TRIES_MAX = 6;

function noSpace(cause: unknown): TransientError {
  return new TransientError(DISK_FULL, { cause, triesMax: FULL_TRIES_MAX });
}
