// Moving refs. Whatever moved them (a push over HTTP, the API, a person's hand in the bare repository), GitHub's side is the
// same: compare with what was known, tell of pushes, and carry open pull requests along.

import type { Commit } from '../commits.ts';
import { readCommit, readCommits } from '../commits.ts';
import { diffFiles } from '../pull-diff.ts';
import type { RepoDoc } from '../records.ts';
import { type Rendered, renderUser, userByEmail } from '../render/accounts.ts';
import { repoHtmlUrl } from '../render/repos.ts';
import { type Deed, repoOf, stamp } from '../world.ts';
import { requestSuite } from './checks.ts';
import { emit } from './emit.ts';
import { carryPulls } from './pull-moves.ts';

const zeroSha = '0'.repeat(40);
const pushCommitsLimit = 2_048;

interface Move {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

/** Brings documents in line with the bare repository; true when any ref had moved. */
export async function syncRefs(deed: Deed, repoId: number): Promise<boolean> {
  const { world, tx } = deed;
  const repo = repoOf(tx, repoId);
  const dir = world.git.dirOf(repo);
  const present = visible(await world.git.refs(dir));
  const moves = movesBetween(repo.refs, present);
  const pushed = moves.length > 0 ? stamp(world) : repo.pushedAt;
  tx.put('repo', { ...repo, refs: present, pushing: null, pushedAt: pushed });
  for (const move of moves) await tellPush(deed, repoOf(tx, repoId), move);
  for (const move of moves) {
    if (move.ref.startsWith('refs/heads/'))
      await carryPulls(deed, repoOf(tx, repoId), move.ref.slice(11), move);
  }
  return moves.length > 0;
}

/** Pull request refs are GitHub's own and tell nobody. */
function visible(refs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(refs).filter(([ref]) => ref.startsWith('refs/heads/') || ref.startsWith('refs/tags/')),
  );
}

function movesBetween(
  known: Readonly<Record<string, string>>,
  present: Readonly<Record<string, string>>,
): Move[] {
  const names = [...new Set([...Object.keys(known), ...Object.keys(present)])].sort();
  return names
    .map((ref) => ({ ref, before: known[ref] ?? zeroSha, after: present[ref] ?? zeroSha }))
    .filter((move) => move.before !== move.after);
}

async function tellPush(deed: Deed, repo: RepoDoc, move: Move): Promise<void> {
  const { world } = deed;
  const kind = move.ref.startsWith('refs/tags/') ? 'tag' : 'branch';
  const short = move.ref.replace(/^refs\/(heads|tags)\//, '');
  const created = move.before === zeroSha;
  const deleted = move.after === zeroSha;
  const named = { ref: short, ref_type: kind, pusher_type: 'user' };
  if (created) {
    emit(deed, repo, 'create', null, {
      ...named,
      master_branch: repo.defaultBranch,
      description: repo.description,
    });
  }
  if (deleted) emit(deed, repo, 'delete', null, named);
  emit(deed, repo, 'push', null, await pushPayload(deed, repo, move));
  if (kind === 'branch' && !deleted) {
    const head = await world.git.commitOf(world.git.dirOf(repo), move.after);
    if (head !== null) await requestSuite(deed, repo, { sha: head, branch: short, before: move.before });
  }
}

async function pushPayload(deed: Deed, repo: RepoDoc, move: Move): Promise<Rendered> {
  const { world, actor } = deed;
  const dir = world.git.dirOf(repo);
  const created = move.before === zeroSha;
  const deleted = move.after === zeroSha;
  const head = deleted ? null : await world.git.commitOf(dir, move.after);
  const forced = !created && !deleted && !(await world.git.isAncestor(dir, move.before, move.after));
  const commits = head === null ? [] : await newCommits(deed, repo, move, head);
  const span = created ? move.after.slice(0, 12) : `${move.before.slice(0, 12)}...${move.after.slice(0, 12)}`;
  return {
    ref: move.ref,
    before: move.before,
    after: move.after,
    created,
    deleted,
    forced,
    base_ref: null,
    compare: `${repoHtmlUrl(world, repo)}/compare/${span}`,
    commits: await Promise.all(commits.map((commit) => pushedCommit(deed, repo, commit))),
    head_commit:
      head === null ? null : await pushedCommit(deed, repo, await readCommit(world.git, dir, head)),
    pusher: { name: actor.login, email: `${actor.id}+${actor.login}@users.noreply.github.com` },
  };
}

/** A new branch pushes what no other branch has; otherwise what lies between before and after. */
async function newCommits(deed: Deed, repo: RepoDoc, move: Move, head: string): Promise<Commit[]> {
  const others = Object.entries(repo.refs)
    .filter(([ref]) => ref.startsWith('refs/heads/') && ref !== move.ref)
    .map(([, sha]) => `^${sha}`);
  const range = move.before === zeroSha ? [head, ...others] : [`${move.before}..${head}`];
  const commits = await readCommits(deed.world.git, deed.world.git.dirOf(repo), range, pushCommitsLimit);
  return commits.reverse();
}

async function pushedCommit(deed: Deed, repo: RepoDoc, commit: Commit): Promise<Rendered> {
  const { world, tx } = deed;
  const parent = commit.parents[0];
  const dir = world.git.dirOf(repo);
  const files = parent === undefined ? [] : await diffFiles(world.git, dir, parent, commit.sha);
  const who = (person: Commit['author']): Rendered => {
    const user = userByEmail(tx, person.email);
    return {
      name: person.name,
      email: person.email,
      date: person.date,
      ...(user ? { username: renderUser(world, user).login } : {}),
    };
  };
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.author.date,
    url: `${repoHtmlUrl(world, repo)}/commit/${commit.sha}`,
    author: who(commit.author),
    committer: who(commit.committer),
    added: files.filter((file) => file.status === 'added').map((file) => file.path),
    removed: files.filter((file) => file.status === 'removed').map((file) => file.path),
    modified: files.filter((file) => !['added', 'removed'].includes(file.status)).map((file) => file.path),
  };
}
