// Brings a repository into the offline GitHub: its git history, its collaborators, and the App's installation on its owner.
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { emitForInstallation } from './deeds/emit.ts';
import type { Role, UserDoc } from './records.ts';
import { renderInstallation } from './render/accounts.ts';
import { renderRepoName } from './render/repos.ts';
import { type Deed, ensureUser, findRepo, repoOf, stamp, userOf, type World } from './world.ts';

export interface RepoSeed {
  readonly owner: string;
  readonly name: string;
  /** A git repository (bare or not, a path or an address) whose branches and tags are copied. Without it, an empty one. */
  readonly from?: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly defaultBranch?: string;
  readonly ownerType?: UserDoc['type'];
  readonly collaborators?: Readonly<Record<string, Role>>;
  /** Whether the App hears of its installation on this repository; by default it was installed before. */
  readonly announce?: boolean;
  /** False leaves the App uninstalled here. */
  readonly install?: boolean;
}

export async function seedRepository(
  world: World,
  seed: RepoSeed,
): Promise<{ readonly id: number; readonly gitDir: string }> {
  const gitDir = world.git.dirOf(seed);
  const known = findRepo(world.store, seed.owner, seed.name);
  if (known) return { id: known.id, gitDir };
  await importGit(world, seed, gitDir);
  const head = await world.git.line(gitDir, ['symbolic-ref', '--short', 'HEAD']);
  const all = await world.git.refs(gitDir);
  const refs = Object.fromEntries(Object.entries(all).filter(([ref]) => /^refs\/(heads|tags)\//.test(ref)));
  const id = await world.store.write((tx) => {
    const actor = ensureUser(world, tx, seed.owner, seed.ownerType);
    for (const login of Object.keys(seed.collaborators ?? {})) ensureUser(world, tx, login);
    const now = stamp(world);
    const repo = tx.put('repo', {
      id: tx.nextId(),
      owner: actor.login,
      name: seed.name,
      private: seed.private ?? false,
      description: seed.description ?? null,
      defaultBranch: seed.defaultBranch ?? head,
      collaborators: seed.collaborators ?? {},
      nextNumber: 1,
      refs,
      pushing: null,
      verifiedShas: [],
      createdAt: now,
      pushedAt: now,
    });
    if (seed.install ?? true) install({ world, tx, actor, viaApp: false }, repo.id, seed.announce ?? false);
    return repo.id;
  });
  world.outbox.kick();
  return { id, gitDir };
}

export async function importGit(world: World, seed: RepoSeed, gitDir: string): Promise<void> {
  // A directory without its document is what an import that was cut off left behind.
  if (existsSync(gitDir)) await rm(gitDir, { recursive: true, force: true });
  await mkdir(dirname(gitDir), { recursive: true });
  const branch = seed.defaultBranch ?? 'main';
  if (seed.from === undefined) {
    await world.git.run(dirname(gitDir), [
      'init',
      '--quiet',
      '--bare',
      '--template=',
      `--initial-branch=${branch}`,
      gitDir,
    ]);
    return;
  }
  const args = ['clone', '--quiet', '--bare', '--template=', '--no-hardlinks', '--', seed.from, gitDir];
  await world.git.run(dirname(gitDir), ['-c', 'safe.directory=*', ...args]);
  await world.git.run(gitDir, ['remote', 'remove', 'origin']);
  if (seed.defaultBranch) await world.git.run(gitDir, ['symbolic-ref', 'HEAD', `refs/heads/${branch}`]);
}

/** Adds the repository to its owner's installation, making the installation when it is the first. */
export function install(deed: Deed, repoId: number, announce: boolean): void {
  const { world, tx } = deed;
  const repo = repoOf(tx, repoId);
  const known = tx.list('installation', (one) => one.account === repo.owner)[0];
  const names = [renderRepoName(repo)];
  if (!known) {
    const made = tx.put('installation', {
      id: tx.nextId(),
      account: userOf(tx, repo.owner).login,
      selection: 'selected',
      repoIds: [repo.id],
      permissions: { metadata: 'read', ...world.app.permissions },
      suspendedAt: null,
      createdAt: stamp(world),
    });
    if (announce) {
      emitForInstallation(deed, made, 'installation', 'created', {
        installation: renderInstallation(world, tx, made),
        repositories: names,
      });
    }
    return;
  }
  if (known.repoIds.includes(repo.id)) return;
  const grown = tx.put('installation', { ...known, repoIds: [...known.repoIds, repo.id] });
  if (!announce) return;
  emitForInstallation(deed, grown, 'installation_repositories', 'added', {
    installation: renderInstallation(world, tx, grown),
    repository_selection: grown.selection,
    repositories_added: names,
    repositories_removed: [],
    requester: null,
  });
}

/** Takes the App off the owner's account, as on the settings page. */
export function uninstall(deed: Deed, account: string): void {
  const { world, tx } = deed;
  const known = tx.list('installation', (one) => one.account === account)[0];
  if (!known) return;
  tx.remove('installation', known.id);
  for (const token of tx.list('token', (one) => one.installation === known.id)) tx.remove('token', token.id);
  emitForInstallation(deed, known, 'installation', 'deleted', {
    installation: renderInstallation(world, tx, known),
    repositories: tx.list('repo', (repo) => known.repoIds.includes(repo.id)).map(renderRepoName),
  });
}
