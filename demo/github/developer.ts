// What a person does with git and around it: commits, pushes, checks and runs of other Apps, deployments, settings.
import { type Person as Author, writeBlob, writeCommit, writeTree } from './commits.ts';
import { createDeployment, createDeploymentStatus } from './deeds/actions.ts';
import { type CheckWish, createCheckRun, createStatus, rerequestCheckRun } from './deeds/checks.ts';
import { syncRefs } from './deeds/refs.ts';
import { finishRun, type RunEnd, type RunWish, recordRun } from './deeds/workflow-runs.ts';
import { found, type In, type Made, Person } from './person.ts';
import type { Role } from './records.ts';
import type { StatusDoc } from './records-ci.ts';
import { install, uninstall } from './seed.ts';
import { ensureUser, repoOf } from './world.ts';

interface NewCommit {
  readonly branch: string;
  /** Where a branch that does not exist yet starts; the default branch without it. */
  readonly from?: string;
  readonly message: string;
  /** Path → content; null deletes the file. */
  readonly files: Readonly<Record<string, string | Buffer | null>>;
  readonly force?: boolean;
}

export class Developer extends Person {
  /** Tells GitHub that refs in the bare repository were moved by this person. */
  push(repo: string): Promise<boolean> {
    return this.do(repo, 'write', (deed) => syncRefs(deed, deed.repo.id));
  }

  /** Commits files onto a branch and pushes it; gives the commit's sha. */
  commit(repo: string, wanted: NewCommit): Promise<string> {
    return this.do(repo, 'write', async (deed) => {
      const sha = await commitFiles(deed, wanted);
      await syncRefs(deed, deed.repo.id);
      return sha;
    });
  }

  /** Force-pushes a branch to a commit that is there. */
  resetBranch(repo: string, branch: string, sha: string): Promise<void> {
    return this.do(repo, 'write', async (deed) => {
      const { git } = deed.world;
      await git.run(git.dirOf(deed.repo), ['update-ref', `refs/heads/${branch}`, sha]);
      await syncRefs(deed, deed.repo.id);
    });
  }

  deleteBranch(repo: string, branch: string): Promise<void> {
    return this.do(repo, 'write', async (deed) => {
      const { git } = deed.world;
      await git.run(git.dirOf(deed.repo), ['update-ref', '-d', `refs/heads/${branch}`]);
      await syncRefs(deed, deed.repo.id);
    });
  }

  setStatus(repo: string, wish: Pick<StatusDoc, 'sha' | 'state' | 'context'>): Promise<Made> {
    return this.do(repo, 'write', async (deed) => ({
      id: (await createStatus(deed, deed.repo, { description: null, targetUrl: null, ...wish })).id,
    }));
  }

  /** A check run of another App, `github-actions` unless named. */
  checkRun(
    repo: string,
    sha: string,
    wish: CheckWish & { readonly name: string },
    app = 'github-actions',
  ): Promise<Made> {
    return this.do(repo, 'write', async (deed) => ({
      id: (await createCheckRun(deed, deed.repo, sha, app, wish)).id,
    }));
  }

  /** Presses "Re-run" on one of the App's own check runs. */
  rerequestCheck(repo: string, id: number): Promise<void> {
    return this.do(repo, 'write', (deed) => rerequestCheckRun(deed, found(deed.tx.get('checkRun', id))));
  }

  /** A run of a workflow, with its jobs as check runs of `github-actions`; without a conclusion it is on its way. */
  workflowRun(repo: string, wish: RunWish): Promise<Made> {
    return this.do(repo, 'write', async (deed) => ({ id: (await recordRun(deed, deed.repo, wish)).id }));
  }

  /** Ends a run that is on its way: one that was begun without a conclusion, or whose failed jobs run again. */
  finishRun(repo: string, id: number, end: RunEnd): Promise<void> {
    return this.do(repo, 'write', async (deed) => {
      await finishRun(deed, deed.repo, found(deed.tx.get('workflowRun', id)), end);
    });
  }

  deploy(
    repo: string,
    wish: {
      readonly ref: string;
      readonly environment: string;
      readonly state?: string;
      readonly url?: string;
    },
  ): Promise<Made> {
    return this.do(repo, 'write', async (deed) => {
      const deployment = await createDeployment(deed, deed.repo, wish);
      const { state, url } = wish;
      if (state !== undefined) {
        createDeploymentStatus(deed, deed.repo, deployment, {
          state,
          ...(url === undefined ? {} : { environmentUrl: url }),
        });
      }
      return { id: deployment.id };
    });
  }

  setCollaborator(repo: string, login: string, role: Role): Promise<void> {
    return this.do(repo, 'admin', (deed) => {
      ensureUser(deed.world, deed.tx, login);
      const collaborators = { ...deed.repo.collaborators, [login]: role };
      deed.tx.put('repo', { ...repoOf(deed.tx, deed.repo.id), collaborators });
    });
  }

  installApp(repo: string): Promise<void> {
    return this.do(repo, 'admin', (deed) => install(deed, deed.repo.id, true));
  }

  uninstallApp(repo: string): Promise<void> {
    return this.do(repo, 'admin', (deed) => uninstall(deed, deed.repo.owner));
  }
}

async function commitFiles(deed: In, wanted: NewCommit): Promise<string> {
  const { world, actor, repo } = deed;
  const { git } = world;
  const dir = git.dirOf(repo);
  const ref = `refs/heads/${wanted.branch}`;
  const tip = await git.commitOf(dir, ref);
  const start = wanted.from ?? (tip === null ? repo.defaultBranch : null);
  const parent = tip !== null && !wanted.force ? tip : await git.commitOf(dir, start ?? ref);
  const changes = [];
  for (const [path, content] of Object.entries(wanted.files)) {
    const sha = content === null ? null : await writeBlob(git, dir, content);
    changes.push({ path, mode: '100644', sha });
  }
  const tree = await writeTree(git, dir, parent, changes);
  const author: Author = {
    name: actor.login,
    email: `${actor.id}+${actor.login}@users.noreply.github.com`,
    date: world.clock().toISOString(),
  };
  const parents = parent === null ? [] : [parent];
  const sha = await writeCommit(git, dir, {
    tree,
    parents,
    author,
    committer: author,
    message: wanted.message,
  });
  await git.run(dir, ['update-ref', ref, sha]);
  return sha;
}
