// Forks: a person's own copy of a repository, and how what is committed there comes to the pull requests of its parent.
import { rm } from 'node:fs/promises';
import { atLeast, roleOf } from '../permissions.ts';
import type { RepoDoc } from '../records.ts';
import { importGit } from '../seed.ts';
import { type Deed, findRepo, invalid, stamp } from '../world.ts';

/** Forking again gives the fork that is there. */
export async function forkRepository(deed: Deed, parent: RepoDoc): Promise<RepoDoc> {
  const { world, tx, actor } = deed;
  const [known] = tx.list('repo', (one) => one.parent === parent.id && one.owner === actor.login);
  if (known) return known;
  const { name, defaultBranch } = parent;
  const copy = { owner: actor.login, name };
  if (findRepo(tx, copy.owner, name)) throw invalid('Name already exists on this account');
  const from = world.git.dirOf(parent);
  await importGit(world, { ...copy, from, defaultBranch }, world.git.dirOf(copy));
  const now = stamp(world);
  return tx.put('repo', {
    ...parent,
    ...copy,
    id: tx.nextId(),
    parent: parent.id,
    collaborators: {},
    nextNumber: 1,
    pushing: null,
    verifiedShas: [],
    createdAt: now,
    pushedAt: now,
  });
}

/** Pull requests from it stay open, of an unknown repository then. */
export async function deleteRepository({ world, tx }: Deed, repo: RepoDoc): Promise<void> {
  tx.remove('repo', repo.id);
  await rm(world.git.dirOf(repo), { recursive: true, force: true });
}

interface Head {
  readonly repo: RepoDoc;
  readonly ref: string;
}

/** Where a new pull request's commits are: `branch`, or `login:branch` of a fork that the actor can push to. */
export function headOf({ tx, actor }: Deed, base: RepoDoc, head: string): Head | null {
  const [, login, ref] = /^([^:]+):(.+)$/.exec(head) ?? [];
  if (login === undefined || ref === undefined) return { repo: base, ref: head };
  if (login.toLowerCase() === base.owner.toLowerCase()) return { repo: base, ref };
  const [fork] = tx.list(
    'repo',
    (one) => one.parent === base.id && one.owner.toLowerCase() === login.toLowerCase(),
  );
  return fork && atLeast(roleOf(fork, actor.login), 'write') ? { repo: fork, ref } : null;
}

/** The base repository has the commits of all its pull requests, those from forks included. */
export async function bringCommits({ world }: Deed, base: RepoDoc, { repo, ref }: Head): Promise<void> {
  if (repo.id === base.id) return;
  const from = [world.git.dirOf(repo), `refs/heads/${ref}`];
  await world.git.run(world.git.dirOf(base), [
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    ...from,
  ]);
}
