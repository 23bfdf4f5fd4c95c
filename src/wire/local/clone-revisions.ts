/** Names of commits in a clone on this machine. They are anybody's text, and the clone's settings are anybody's too. */
import { type MirrorCall, tryInMirror } from '../../agents/workspace/mirror-git.ts';
import { ConfigError } from '../../core/errors.ts';
import { shownText } from './clone-staging.ts';

const REVISION_MAX_CHARS = 500;

/** The name is anybody's text: git gets it where it can only be a revision. */
export async function commitOf(clone: MirrorCall, revision: string, option: string): Promise<string> {
  const sayable = revision !== '' && revision.length <= REVISION_MAX_CHARS && !/^-|\p{Cc}/u.test(revision);
  const sha = sayable ? await resolved(clone, revision) : null;
  if (sha !== null) return sha;
  if (sayable) await refuseUnborn(clone, revision, option);
  throw new ConfigError(
    `${option}: ${JSON.stringify(shownText(revision))} names no commit of this clone. Give a branch, a tag or a commit that \`git log\` knows.`,
  );
}

async function refuseUnborn(clone: MirrorCall, revision: string, option: string): Promise<void> {
  const any = await tryInMirror(clone, (git) => git.raw(['for-each-ref', '--count=1']));
  if (any === '') throw new ConfigError(`${option}: this clone has no commits yet.`);
  if (revision !== 'HEAD') return;
  const branch = await tryInMirror(clone, (git) => git.raw(['symbolic-ref', '--quiet', 'HEAD']));
  if (branch === null) return;
  const shown = ['show-ref', '--verify', '--quiet', branch];
  if ((await tryInMirror(clone, (git) => git.raw(shown))) !== null) return;
  throw new ConfigError(
    `${option}: HEAD is a branch with no commits yet. Commit to it, or name another branch.`,
  );
}

export async function resolved(clone: MirrorCall, revision: string): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  const sha = await tryInMirror(clone, (git) => git.raw(args));
  return sha !== null && /^[0-9a-f]{40}$/.test(sha) ? sha : null;
}
