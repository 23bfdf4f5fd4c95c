/**
 * No token of the crew is wider than the one repository and the permissions that its request needs: every kind of effect, everything
 * that decisions read, and a clone, on a GitHub that refuses and notes any other, and on which the App could do much more.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { createSandbox, SYSTEM_PATH } from '../../src/agents/sandbox/sandbox.ts';
import { createWorkspaces } from '../../src/agents/workspace/workspaces.ts';
import { createCloneAccess } from '../../src/app/github/clone-access.ts';
import { createReader } from '../../src/app/github/reader.ts';
import { loadEffects } from '../../src/app/publisher/load-effects.ts';
import type { EffectAction } from '../../src/core/effect-records.ts';
import type { GitHubReader } from '../../src/core/github-ports.ts';
import type { Workspaces } from '../../src/core/workspace-ports.ts';
import { systemClock } from '../../src/wire/clock.ts';
import { KINDS, openIssue, openPull, openThread } from '../app/publisher-kinds.ts';
import { publishingFlows } from '../app/publishing-flows.ts';
import { owner, repoName, startLocal } from '../github/local-github.ts';
import { implementTask } from '../support/records.ts';
import { silentLog } from '../support/silent-log.ts';
import { askWide } from './support/wide-tokens.ts';
import { trial } from './trial.ts';

const flows = publishingFlows();
let root: string;
let workspaces: Workspaces;
let taskId: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'narrow-tokens-'));
  // Repositories that a token could reach beside its own.
  for (const name of ['bakery', 'cellar'])
    await flows.local.github.seedRepository({ owner, name, private: true });
  const task = { ...implementTask(), repository: flows.repository };
  taskId = (await flows.store.tasks.create(task, 'mona')).task.id;
});
afterAll(() => rm(root, { recursive: true, force: true }));

trial(
  'no token is wider than the one repository and what its request needs',
  { full: { rounds: 3 }, short: { rounds: 1 } },
  async ({ size, random, count }) => {
    const { github } = flows.local;
    const requests = { reads: 0, writes: 0 };
    const decidedWith = new Set<string>();
    const wroteWith = new Set<string>();
    let decides = false;
    const stop = github.watch(({ method, path, authorization }, status) => {
      if (status !== null || /\/app\b/.test(path)) return;
      const isRead = method === 'GET' || path === '/graphql';
      requests[isRead ? 'reads' : 'writes'] += 1;
      if (decides) decidedWith.add(tokenIn(authorization));
      if (!isRead) wroteWith.add(tokenIn(authorization));
    });
    workspaces = await openWorkspaces();
    flows.work.workspaces = workspaces;
    const performed: EffectAction['kind'][] = [];
    const undone: string[] = [];
    for (let round = 0; round < size.rounds; round += 1) {
      for (const prepare of random.shuffled(everyKind())) {
        const action = await prepare();
        const effect = await flows.plan(action, randomUUID(), taskId);
        const settled = await flows.settle(effect);
        performed.push(action.kind);
        const { state, error, outcome } = settled;
        if (state !== 'done' || outcome?.left !== undefined)
          undone.push(`${action.kind}: ${error ?? outcome?.left}`);
      }
      const ask = await questions(createReader(flows.clients, silentLog));
      decides = true;
      await ask();
      decides = false;
    }
    stop();
    const refused = github.violations().filter(({ kind }) => kind === 'token');
    const tokens = github.tokens();
    const mayWrite = tokens.filter(({ permissions }) => Object.values(permissions).includes('write'));
    const decidedMayWrite = mayWrite.filter(({ token }) => decidedWith.has(token));
    count({
      effects: performed.length,
      kinds: new Set(performed).size,
      reads: requests.reads,
      writes: requests.writes,
      tokens: tokens.length,
      'too wide': refused.length,
    });
    expect(refused).toEqual([]);
    expect(undone).toEqual([]);
    expect([...new Set(performed)].sort()).toEqual([...(await loadEffects()).keys()].sort());
    expect(tokens.filter(({ repoIds }) => repoIds?.length !== 1)).toEqual([]);
    // What decides holds no right to write, and what holds one was needed for it.
    expect(decidedWith.size).toBeGreaterThan(1);
    expect(decidedMayWrite).toEqual([]);
    expect(mayWrite.filter(({ token }) => !wroteWith.has(token))).toEqual([]);
    expect(requests.writes).toBeGreaterThan(performed.length / 2);
  },
);

trial(
  'the local GitHub refuses a wider token, whatever it is wider by',
  { full: { rounds: 10 }, short: { rounds: 1 } },
  async ({ size, random, count }) => {
    const local = await startLocal({ strictTokens: true });
    try {
      await local.github.seedRepository({ owner, name: 'bakery', private: true });
      const answers: (readonly [string, number])[] = [];
      for (let round = 0; round < size.rounds; round += 1) {
        answers.push(...Object.entries(await askWide(local, 'bakery', random)));
      }
      const right = answers.filter(([name]) => name.endsWith(' with narrow'));
      const wide = answers.filter(([name]) => !name.endsWith(' with narrow'));
      const noted = local.github.violations().filter(({ kind }) => kind === 'token');
      count({ 'narrow tokens': right.length, 'wider tokens': wide.length, refused: noted.length });
      expect(right.filter(([, status]) => status >= 400)).toEqual([]);
      expect(wide.filter(([, status]) => status !== 403)).toEqual([]);
      expect(noted).toHaveLength(wide.length);
    } finally {
      await local.stop();
    }
  },
);

/** Of an Authorization header, as it is or as git sends it. */
function tokenIn(header: string | null): string {
  const [kind = '', value = ''] = (header ?? '').split(' ');
  if (!/^basic$/i.test(kind)) return value;
  return Buffer.from(value, 'base64')
    .toString()
    .replace(/^[^:]*:/, '');
}

/** Each makes what its effect needs, and answers that. */
function everyKind(): readonly (() => Promise<EffectAction>)[] {
  const { local } = flows;
  return [
    // Some are named several times, once for each of their writes.
    ...[...new Map(KINDS.map((one) => [one.kind, one])).values()].map(
      ({ prepare }) =>
        async () =>
          (await prepare(local)).action,
    ),
    async () => {
      const { number } = await openPull(local);
      return { kind: 'comment', number, body: 'On a pull request.' };
    },
    async () => {
      const { commentId } = await openThread(local);
      return { kind: 'reaction', target: { on: 'review_comment', commentId }, content: 'eyes' };
    },
    async () => {
      const { number } = await openIssue(local);
      const { id } = await local.github.as('alice').comment(repoName, number, 'Look.');
      return { kind: 'reaction', target: { on: 'issue_comment', commentId: id }, content: 'eyes' };
    },
    dismissal,
    () => push({ how: 'api' }),
    () => push({ how: 'push' }),
  ];
}

/** Of a review that requests changes, made by an effect of its own. */
async function dismissal(): Promise<EffectAction> {
  const { number, headSha } = await openPull(flows.local);
  const review = {
    kind: 'review',
    number,
    headSha,
    event: 'REQUEST_CHANGES',
    body: 'No.',
    comments: [],
  } as const;
  const key = randomUUID();
  await flows.settle(await flows.plan(review, key));
  return { kind: 'dismiss_review', number, reviews: [key], message: 'Yes.' };
}

/** What the task's work is: a clone with a token, a change, and the commits of it. */
async function push(how: { readonly how: 'api' | 'push' }): Promise<EffectAction> {
  const { refs } = await flows.local.github.snapshot(repoName);
  const baseSha = refs['refs/heads/main'] ?? '';
  const at = {
    repository: flows.repository,
    baseSha,
    subtaskId: 'work',
    signal: new AbortController().signal,
  };
  const workspace = await workspaces.open({ ...at, patches: [] });
  await writeFile(join(workspace.dir, `${randomUUID()}.txt`), 'one\n');
  const { patch } = await workspace.diff();
  await workspace.close();
  const message = `Change\n\nWhat was done.\n\nCrew-Task: ${taskId}\nCrew-Role: backend\n`;
  const patches = [{ subtaskKey: 'S1', patch, message, at: '2026-11-22T10:00:00.000Z' }];
  flows.work.of = { baseSha, patches, replay: null, asOne: null };
  const { treeSha, close } = await workspaces.open({ ...at, patches, replay: null });
  await close();
  const branch = `crew/${randomUUID()}`;
  return { kind: 'push_branch', branch, baseSha, treeSha, onto: null, force: false, ...how };
}

async function openWorkspaces(): Promise<Workspaces> {
  return createWorkspaces({
    // A new one each time, so that it is cloned.
    root: join(root, randomUUID()),
    sandbox: await createSandbox({ mode: 'off' }),
    cloneAccess: createCloneAccess(flows.clients),
    log: silentLog,
    clock: systemClock,
    path: SYSTEM_PATH,
  });
}

/** Asks everything that decisions ask of GitHub. A question that is added and not asked here does not compile. */
async function questions(reader: GitHubReader): Promise<() => Promise<void>> {
  const { local, repository } = flows;
  const issue = await openIssue(local);
  const pull = await openPull(local);
  const thread = await openThread(local);
  const said = await local.github.as('alice').comment(repoName, issue.number, 'Look.');
  const jobs = [{ name: 'test', conclusion: 'failure', log: 'no\n' }] as const;
  const run = { name: 'CI', branch: pull.branch, conclusion: 'failure', jobs } as const;
  await local.github.as('alice').workflowRun(repoName, run);
  const asked: Readonly<Record<keyof GitHubReader, () => Promise<unknown>>> = {
    permission: () => reader.permission(repository, 'alice'),
    file: () => reader.file(repository, 'README.md'),
    branchHead: () => reader.branchHead(repository, 'main'),
    issue: () => reader.issue(repository, issue.number),
    standing: () => reader.standing(repository, issue.number),
    pullRequest: () => reader.pullRequest(repository, pull.number),
    threads: () => reader.threads(repository, thread.number),
    shownFindings: () => reader.shownFindings(repository, thread.number),
    comment: () => reader.comment(repository, said.id),
    reviewComment: () => reader.reviewComment(repository, thread.commentId),
    pullState: () => reader.pullState(repository, pull.number),
    changedPaths: () => reader.changedPaths(repository, pull.number),
    checksOf: () => reader.checksOf(repository, pull.headSha),
    jobLog: () => reader.jobLog(repository, 1),
  };
  return async () => {
    for (const ask of Object.values(asked)) await ask();
  };
}
