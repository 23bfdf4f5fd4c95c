/** Refuses a git that is known to be unsafe with hostile repositories. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ConfigError } from '../../core/errors.ts';

/**
 * First release of each series that is safe against CVE-2024-32002 and CVE-2024-32465 (code run by a checkout or a
 * local fetch). CVE-2025-48384 needs submodules to be checked out, which never happens here.
 * https://github.com/git/git/security/advisories/GHSA-8h77-4q3w-gfgv
 */
const FIXED_PATCH_OF_SERIES = new Map([
  [39, 4],
  [40, 2],
  [41, 1],
  [42, 2],
  [43, 4],
  [44, 1],
  [45, 1],
]);
const OLDEST_SERIES = 39;
const VERSION_TIMEOUT_MS = 10_000;

/** Throws ConfigError when git is missing or too old; answers its version. */
export async function checkGitVersion(path: string): Promise<string> {
  const printed = await promisify(execFile)('git', ['--version'], {
    env: { PATH: path, LC_ALL: 'C' },
    timeout: VERSION_TIMEOUT_MS,
  }).catch((error: unknown) => {
    throw new ConfigError('git was not found on the PATH: install it (apt-get install git)', {
      cause: error,
    });
  });
  const version = /\d+\.\d+(?:\.\d+)?/.exec(printed.stdout)?.[0] ?? '';
  if (isSafeGit(version)) return version;
  throw new ConfigError(
    `git ${version} is unsafe with hostile repositories: install 2.39.4 or a later fixed release`,
  );
}

/** Whether this `major.minor.patch` is at or after the fixes. */
export function isSafeGit(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (major !== 2) return major > 2;
  if (minor < OLDEST_SERIES) return false;
  return patch >= (FIXED_PATCH_OF_SERIES.get(minor) ?? 0);
}
