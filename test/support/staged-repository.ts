/** What people do in a repository of a stage, and what they see there, in the words of a conversation. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOut } from '../../demo/check-out.ts';
import type { GitHub } from '../../demo/github/github.ts';
import { pullsClosing, type RepoSnapshot } from '../../demo/github/snapshot.ts';
import { hasMarker } from '../../src/core/marker.ts';
import type { Task, TaskState } from '../../src/core/records.ts';
import { TASK_ENDS } from '../../src/core/records.ts';
import type { Store, TaskRecords } from '../../src/core/store-ports.ts';

export type Comment = RepoSnapshot['comments'][number];
export type Pull = RepoSnapshot['pulls'][number];

export interface StagedRepository {
  /** Everything that stands in it on GitHub. */
  snapshot(): Promise<RepoSnapshot>;
  /** Answers its number. */
  openIssue(login: string, issue: { readonly title: string; readonly body: string }): Promise<number>;
  /** Comments on an issue or a pull request; answers the comment's id. */
  say(login: string, number: number, text: string): Promise<number>;
  label(login: string, number: number, label: string): Promise<void>;
  /** Commits files onto a branch (`main` unless named) and pushes them; answers the commit. */
  push(login: string, files: Readonly<Record<string, string | null>>, branch?: string): Promise<string>;
  /** On an issue or a pull request, oldest first. */
  comments(number: number): Promise<readonly Comment[]>;
  /** Those of the crew, without its sticky comments. */
  answers(number: number): Promise<readonly string[]>;
  /** The sticky comment of the newest task on it; null while there is none. */
  progressOf(number: number): Promise<string | null>;
  /** The newest task on an issue or a pull request. */
  task(number: number): Promise<Task>;
  /** Newest first. */
  tasks(number: number): Promise<readonly Task[]>;
  /** The newest task with everything that belongs to it. */
  records(number: number): Promise<TaskRecords>;
  /** Waits until the newest task is in one of these states; fails as soon as it has ended in another. */
  reaches(number: number, ...states: readonly TaskState[]): Promise<Task>;
  /** The crew's pull request that closes the issue; fails where there is none, or more than one. */
  pullOf(issue: number): Promise<Pull>;
  /** A new folder with the branch checked out, which goes away with the stage. */
  checkoutOf(branch: string): Promise<string>;
  /** The same of the branch of the pull request that closes the issue. */
  checkoutOfPull(issue: number): Promise<string>;
}

interface Surroundings {
  readonly repository: string;
  readonly dir: string;
  readonly github: GitHub;
  readonly store: Store;
  readonly bot: string;
  until<T>(look: () => Promise<T | null | undefined | false>): Promise<T>;
}

export function stagedRepository(surroundings: Surroundings): StagedRepository {
  const { repository, dir, github, store, bot, until } = surroundings;
  const snapshot = (): Promise<RepoSnapshot> => github.snapshot(repository);
  let id: number | null = null;
  const tasks = async (number: number): Promise<readonly Task[]> => {
    // Each snapshot starts a git, and who waits for a task looks many times a second.
    id ??= (await snapshot()).repo.id;
    return store.tasks.onSubject(id, number);
  };
  const task = async (number: number): Promise<Task> =>
    theOnly((await tasks(number)).slice(0, 1), `tasks on #${number}`);
  const comments = async (number: number): Promise<readonly Comment[]> =>
    (await snapshot()).comments.filter((comment) => comment.number === number);
  const stickyOf = async (number: number): Promise<readonly (readonly [Task, Comment])[]> => {
    const [all, said] = [await tasks(number), await comments(number)];
    return all.flatMap((one) =>
      said
        .filter(({ user, body }) => user === bot && hasMarker(body, `progress:${one.id}`))
        .map((comment) => [one, comment] as const),
    );
  };
  const pullOf = async (issue: number): Promise<Pull> =>
    theOnly(
      pullsClosing(await snapshot(), issue).filter(({ user }) => user === bot),
      `pull requests that close #${issue}`,
    );
  const checkoutOf = async (branch: string): Promise<string> => {
    const folder = join(await mkdtemp(join(dir, 'checkout-')), 'tree');
    await checkOut(github.gitDir(repository), branch, folder);
    return folder;
  };
  return {
    snapshot,
    tasks,
    task,
    comments,
    openIssue: async (login, issue) => (await github.as(login).openIssue(repository, issue)).number,
    say: async (login, number, text) => (await github.as(login).comment(repository, number, text)).id,
    label: (login, number, label) => github.as(login).label(repository, number, label),
    push: (login, files, branch = 'main') =>
      github
        .as(login)
        .commit(repository, { branch, message: `Change ${Object.keys(files).join(', ')}`, files }),
    async answers(number) {
      const sticky = (await stickyOf(number)).map(([, { id }]) => id);
      const ours = (await comments(number)).filter(({ id, user }) => user === bot && !sticky.includes(id));
      return ours.map(({ body }) => body);
    },
    async progressOf(number) {
      const [newest, sticky] = [await task(number), await stickyOf(number)];
      return sticky.find(([{ id }]) => id === newest.id)?.[1].body ?? null;
    },
    async records(number) {
      const records = await store.tasks.records((await task(number)).id);
      if (records === null) throw new Error(`the task on #${number} is gone`);
      return records;
    },
    reaches: (number, ...states) =>
      until(async () => {
        const [newest] = await tasks(number);
        if (newest === undefined || states.includes(newest.state)) return newest;
        if (!TASK_ENDS.some((end) => end === newest.state)) return null;
        throw new Error(
          `the task on #${number} is ${newest.state}, not ${states.join(' or ')}: ${newest.reason}`,
        );
      }),
    pullOf,
    checkoutOf,
    checkoutOfPull: async (issue) => checkoutOf((await pullOf(issue)).pull?.head.ref ?? ''),
  };
}

function theOnly<T>(found: readonly T[], what: string): T {
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} ${what}; one should be`);
  return first;
}
