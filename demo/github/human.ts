// What a simulated person does on GitHub's pages or with git. Every deed is one transaction and sends the same signed
// webhooks as the real one; what the person may not do is refused as the pages would not offer it.
import { type Person, writeBlob, writeCommit, writeTree } from './commits.ts';
import { createDeployment, createDeploymentStatus, type RunWish, recordRun } from './deeds/actions.ts';
import { type CheckWish, createCheckRun, createStatus, rerequestCheckRun } from './deeds/checks.ts';
import { addComment, deleteComment, editComment, react, type Subject } from './deeds/comments.ts';
import {
  addLabels,
  editIssue,
  type IssueChange,
  type NewIssue,
  openIssue,
  removeLabel,
  setAssignees,
} from './deeds/issues.ts';
import { type MergeWish, mergePull, type NewPull, openPull, setDraft, setReviewers } from './deeds/pulls.ts';
import { syncRefs } from './deeds/refs.ts';
import { replyTo, setResolved } from './deeds/review-comments.ts';
import { createReview, dismissReview, type NewReview } from './deeds/reviews.ts';
import { atLeast, roleOf } from './permissions.ts';
import type { IssueDoc, ReactionContent, RepoDoc, Role, StatusDoc } from './records.ts';
import { isPull, type PullIssue } from './render/pulls.ts';
import { install, uninstall } from './seed.ts';
import {
  type Deed,
  ensureUser,
  findIssue,
  findRepo,
  GitHubError,
  notFound,
  repoOf,
  type World,
} from './world.ts';

export interface Made {
  readonly id: number;
}
export interface MadeIssue extends Made {
  readonly number: number;
}

export interface NewCommit {
  readonly branch: string;
  /** Where a branch that does not exist yet starts; the default branch without it. */
  readonly from?: string;
  readonly message: string;
  /** Path → content; null deletes the file. */
  readonly files: Readonly<Record<string, string | Buffer | null>>;
  readonly force?: boolean;
}

type In = Deed & { readonly repo: RepoDoc };

/** Repositories are named `owner/name`; issues and pull requests by number. */
export class Human {
  readonly login: string;
  readonly #world: World;

  constructor(world: World, login: string) {
    this.#world = world;
    this.login = login;
  }

  /** A token for Octokit or git as this person. */
  async token(): Promise<string> {
    await this.#world.store.write((tx) => ensureUser(this.#world, tx, this.login));
    return `ghp_${this.login}`;
  }

  openIssue(repo: string, wanted: NewIssue): Promise<MadeIssue> {
    return this.#do(repo, 'read', async (deed) => short(await openIssue(deed, deed.repo, wanted)));
  }

  editIssue(repo: string, number: number, change: Pick<IssueChange, 'title' | 'body'>): Promise<void> {
    return this.#onIssue(
      repo,
      number,
      'read',
      async (deed, issue) => void (await editIssue(deed, issue, change)),
    );
  }

  closeIssue(repo: string, number: number, reason: 'completed' | 'not_planned' = 'completed'): Promise<void> {
    const change: IssueChange = { state: 'closed', stateReason: reason };
    return this.#onIssue(
      repo,
      number,
      'read',
      async (deed, issue) => void (await editIssue(deed, issue, change)),
    );
  }

  reopenIssue(repo: string, number: number): Promise<void> {
    return this.#onIssue(
      repo,
      number,
      'read',
      async (deed, issue) => void (await editIssue(deed, issue, { state: 'open' })),
    );
  }

  label(repo: string, number: number, ...names: string[]): Promise<void> {
    return this.#onIssue(
      repo,
      number,
      'triage',
      async (deed, issue) => void (await addLabels(deed, issue, names)),
    );
  }

  unlabel(repo: string, number: number, name: string): Promise<void> {
    return this.#onIssue(
      repo,
      number,
      'triage',
      async (deed, issue) => void (await removeLabel(deed, issue, name)),
    );
  }

  assign(repo: string, number: number, ...logins: string[]): Promise<void> {
    return this.#onIssue(
      repo,
      number,
      'triage',
      async (deed, issue) => void (await setAssignees(deed, issue, logins)),
    );
  }

  comment(repo: string, number: number, body: string): Promise<Made> {
    return this.#onIssue(repo, number, 'read', (deed, issue) => ({ id: addComment(deed, issue, body).id }));
  }

  editComment(repo: string, id: number, body: string): Promise<void> {
    return this.#do(repo, 'read', (deed) => void editComment(deed, found(deed.tx.get('comment', id)), body));
  }

  deleteComment(repo: string, id: number): Promise<void> {
    return this.#do(repo, 'read', (deed) => deleteComment(deed, found(deed.tx.get('comment', id))));
  }

  /** `on` names an issue or pull request by number, or a comment by id. */
  react(
    repo: string,
    on: { readonly issue: number } | { readonly comment: number } | { readonly reviewComment: number },
    content: ReactionContent,
  ): Promise<void> {
    return this.#do(repo, 'read', (deed) => {
      const kind = 'issue' in on ? 'issue' : 'comment' in on ? 'comment' : 'reviewComment';
      const id = 'issue' in on ? found(findIssue(deed.tx, deed.repo, on.issue)).id : Object.values(on)[0];
      const subject: Subject = { kind, id: found(id), repo: deed.repo.id };
      react(deed, subject, content);
    });
  }

  openPull(repo: string, wanted: NewPull): Promise<MadeIssue> {
    return this.#do(repo, 'read', async (deed) => short(await openPull(deed, deed.repo, wanted)));
  }

  setDraft(repo: string, number: number, draft: boolean): Promise<void> {
    return this.#onPull(repo, number, 'read', async (deed, pull) => void (await setDraft(deed, pull, draft)));
  }

  requestReview(repo: string, number: number, ...logins: string[]): Promise<void> {
    return this.#onPull(
      repo,
      number,
      'triage',
      async (deed, pull) => void (await setReviewers(deed, pull, logins, true)),
    );
  }

  mergePull(repo: string, number: number, wish: MergeWish = { method: 'merge' }): Promise<string> {
    return this.#onPull(repo, number, 'write', (deed, pull) => mergePull(deed, pull, wish));
  }

  review(repo: string, number: number, wanted: NewReview): Promise<Made> {
    return this.#onPull(repo, number, 'read', async (deed, pull) => ({
      id: (await createReview(deed, pull, wanted)).id,
    }));
  }

  dismissReview(repo: string, number: number, id: number): Promise<void> {
    return this.#onPull(
      repo,
      number,
      'write',
      (deed, pull) => void dismissReview(deed, pull, found(deed.tx.get('review', id))),
    );
  }

  /** Replies in the thread that the review comment belongs to. */
  reviewReply(repo: string, number: number, commentId: number, body: string): Promise<Made> {
    return this.#onPull(repo, number, 'read', (deed, pull) => ({
      id: replyTo(deed, pull, found(deed.tx.get('reviewComment', commentId)), body).id,
    }));
  }

  /** The thread is named by any of its comments. */
  resolveThread(repo: string, number: number, commentId: number, resolved = true): Promise<void> {
    return this.#onPull(repo, number, 'read', (deed, pull) =>
      setResolved(deed, pull, found(deed.tx.get('reviewComment', commentId)).thread, resolved),
    );
  }

  /** Tells GitHub that refs in the bare repository were moved by this person. */
  push(repo: string): Promise<boolean> {
    return this.#do(repo, 'write', (deed) => syncRefs(deed, deed.repo.id));
  }

  /** Commits files onto a branch and pushes it; gives the commit's sha. */
  commit(repo: string, wanted: NewCommit): Promise<string> {
    return this.#do(repo, 'write', async (deed) => {
      const sha = await commitFiles(deed, wanted);
      await syncRefs(deed, deed.repo.id);
      return sha;
    });
  }

  deleteBranch(repo: string, branch: string): Promise<void> {
    return this.#do(repo, 'write', async (deed) => {
      const { git } = deed.world;
      await git.run(git.dirOf(deed.repo), ['update-ref', '-d', `refs/heads/${branch}`]);
      await syncRefs(deed, deed.repo.id);
    });
  }

  setStatus(repo: string, wish: Pick<StatusDoc, 'sha' | 'state' | 'context'>): Promise<Made> {
    return this.#do(repo, 'write', async (deed) => ({
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
    return this.#do(repo, 'write', async (deed) => ({
      id: (await createCheckRun(deed, deed.repo, sha, app, wish)).id,
    }));
  }

  /** Presses "Re-run" on one of the App's own check runs. */
  rerequestCheck(repo: string, id: number): Promise<void> {
    return this.#do(repo, 'write', (deed) => rerequestCheckRun(deed, found(deed.tx.get('checkRun', id))));
  }

  workflowRun(repo: string, wish: RunWish): Promise<Made> {
    return this.#do(repo, 'write', async (deed) => ({ id: (await recordRun(deed, deed.repo, wish)).id }));
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
    return this.#do(repo, 'write', async (deed) => {
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
    return this.#do(repo, 'admin', (deed) => {
      ensureUser(deed.world, deed.tx, login);
      const collaborators = { ...deed.repo.collaborators, [login]: role };
      deed.tx.put('repo', { ...repoOf(deed.tx, deed.repo.id), collaborators });
    });
  }

  installApp(repo: string): Promise<void> {
    return this.#do(repo, 'admin', (deed) => install(deed, deed.repo.id, true));
  }

  uninstallApp(repo: string): Promise<void> {
    return this.#do(repo, 'admin', (deed) => uninstall(deed, deed.repo.owner));
  }

  async #do<T>(name: string, needs: Role, change: (deed: In) => T | Promise<T>): Promise<T> {
    const world = this.#world;
    const [owner = '', short = ''] = name.split('/');
    const result = await world.store.write((tx) => {
      const actor = ensureUser(world, tx, this.login);
      const repo = found(findRepo(tx, owner, short));
      const role = roleOf(repo, actor.login);
      const anyone = needs === 'read' && !repo.private;
      if (!anyone && !atLeast(role, needs)) {
        throw new GitHubError(403, `${this.login} has ${role} on ${name}; this needs ${needs}`);
      }
      return change({ world, tx, actor, viaApp: false, repo });
    });
    world.outbox.kick();
    return result;
  }

  #onIssue<T>(
    repo: string,
    number: number,
    needs: Role,
    change: (deed: In, issue: IssueDoc) => T | Promise<T>,
  ): Promise<T> {
    return this.#do(repo, needs, (deed) => change(deed, found(findIssue(deed.tx, deed.repo, number))));
  }

  #onPull<T>(
    repo: string,
    number: number,
    needs: Role,
    change: (deed: In, pull: PullIssue) => T | Promise<T>,
  ): Promise<T> {
    return this.#onIssue(repo, number, needs, (deed, issue) => {
      if (!isPull(issue)) throw notFound();
      return change(deed, issue);
    });
  }
}

const short = (issue: IssueDoc): MadeIssue => ({ id: issue.id, number: issue.number });

function found<T>(doc: T | undefined): T {
  if (doc === undefined) throw notFound();
  return doc;
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
  const author: Person = {
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
