/** Branches on the local GitHub, their commits made by real git from a task's patches. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../demo/github/faults.ts';
import { createSandbox, SYSTEM_PATH } from '../../src/agents/sandbox/sandbox.ts';
import type { WORKSPACE_LIMITS } from '../../src/agents/workspace/limits.ts';
import { createWorkspaces } from '../../src/agents/workspace/workspaces.ts';
import { createCloneAccess } from '../../src/app/github/clone-access.ts';
import type { EffectAction } from '../../src/core/effect-records.ts';
import type { PatchToApply, Workspaces } from '../../src/core/workspace-ports.ts';
import { type Local, narrowOctokit, owner, repo, repoName } from '../github/local-github.ts';
import { implementTask } from '../support/records.ts';
import { silentLog } from '../support/silent-log.ts';
import { testClock } from './github-parts.ts';
import { publishingFlows } from './publishing-flows.ts';

type PushAction = Extract<EffectAction, { kind: 'push_branch' }>;

const flows = publishingFlows();
const { settle, dieAfterSending, work } = flows;
const at = { owner, repo };
let local: Local;
let root: string;
let taskId: string;

beforeAll(async () => {
  local = flows.local;
  root = await mkdtemp(join(tmpdir(), 'publishing-'));
  const task = { ...implementTask(), repository: flows.repository };
  taskId = (await flows.store.tasks.create(task, 'mona')).task.id;
});
beforeEach(async () => {
  work.workspaces = await workspacesWith({});
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function workspacesWith(limits: Partial<typeof WORKSPACE_LIMITS>): Promise<Workspaces> {
  return createWorkspaces({
    root,
    sandbox: await createSandbox({ mode: 'off' }),
    cloneAccess: createCloneAccess(flows.clients),
    log: silentLog,
    clock: testClock(),
    path: SYSTEM_PATH,
    limits,
  });
}

const message = (task: string) => `Change\n\nWhat was done.\n\nCrew-Task: ${task}\nCrew-Role: backend\n`;

/** What a task's work at `baseSha` is, and the push of it. */
async function workAt(
  baseSha: string,
  files: Readonly<Record<string, string | Buffer>>,
  change: Partial<PushAction> = {},
): Promise<PushAction> {
  const signal = new AbortController().signal;
  const workspaces = await workspacesWith({});
  const at = { repository: flows.repository, baseSha, subtaskId: 'work', signal };
  const workspace = await workspaces.open({ ...at, patches: [] });
  for (const [path, content] of Object.entries(files)) await writeFile(join(workspace.dir, path), content);
  const { patch } = await workspace.diff();
  await workspace.close();
  const patches: PatchToApply[] = [
    { subtaskKey: 'S1', patch, message: message(taskId), at: '2026-11-22T10:00:00.000Z' },
  ];
  work.of = { ...work.of, baseSha, patches };
  const integrated = await workspaces.open({ ...at, patches, replay: work.of.replay });
  await integrated.close();
  return {
    kind: 'push_branch',
    branch: `crew/${randomUUID()}`,
    baseSha,
    treeSha: integrated.treeSha,
    how: 'api',
    onto: null,
    force: false,
    ...change,
  };
}

beforeEach(() => {
  work.of = { baseSha: '', replay: null, patches: [], asOne: null };
});

const plan = (action: EffectAction) => flows.plan(action, randomUUID(), taskId);
const mainSha = async () => (await local.github.snapshot(repoName)).refs['refs/heads/main'] ?? '';
const headOf = async (branch: string) =>
  (await local.github.snapshot(repoName)).refs[`refs/heads/${branch}`] ?? null;
const commitAt = async (sha: string | null) =>
  (
    await (
      await narrowOctokit(local.github, { contents: 'read' })
    ).rest.repos.getCommit({ ...at, ref: sha ?? '' })
  ).data;

/** A branch of ours that stands on GitHub, and its head. */
async function published(
  files: Readonly<Record<string, string>>,
): Promise<{ branch: string; head: string; base: string }> {
  const base = await mainSha();
  const action = await workAt(base, files);
  await settle(await plan(action));
  return { branch: action.branch, head: (await headOf(action.branch)) ?? '', base };
}

describe('a branch through the API', () => {
  it('has Verified commits by the App, with their messages, and just the tree that was checked', async () => {
    const binary = Buffer.from([0, 255, 1, 10]);
    const action = await workAt(await mainSha(), {
      'src/cart.js': 'one\n',
      'a.bin': binary,
      'empty.txt': '',
    });

    const effect = await settle(await plan(action));

    const head = await headOf(action.branch);
    expect(effect).toMatchObject({
      state: 'done',
      attempts: 1,
      outcome: { url: `${local.github.url}/${repoName}/tree/${action.branch}`, externalId: head },
    });
    const { commit, author } = await commitAt(head);
    expect(commit).toMatchObject({ verification: { verified: true }, tree: { sha: action.treeSha } });
    expect(author).toMatchObject({ login: 'hypercode-crew[bot]', type: 'Bot' });
    expect(commit.message).toBe(message(taskId).trim());
  });

  it('takes two requests a commit and one for the branch', async () => {
    const action = await workAt(await mainSha(), { 'src/one.js': 'one\n', 'src/two.js': 'two\n' });
    const effect = await plan(action);
    flows.watch.sent.length = 0;

    await settle(effect);

    const writes = flows.watch.sent.filter(({ method, path }) => method !== 'GET' && path.includes('/git/'));
    expect(writes.map(({ path }) => path.split('/git/')[1])).toEqual(['trees', 'commits', 'refs']);
    expect(writes[1]?.body).not.toHaveProperty('author');
    expect(writes[1]?.body).not.toHaveProperty('committer');
  });

  it('moves on from where it stood', async () => {
    const { branch, head } = await published({ 'src/more.js': 'one\n' });
    const action = await workAt(head, { 'src/more.js': 'two\n' }, { branch, onto: head });

    const effect = await settle(await plan(action));

    const now = await commitAt(await headOf(branch));
    expect(effect.state).toBe('done');
    expect(now.parents.map(({ sha }) => sha)).toEqual([head]);
    expect(now.commit.verification?.verified).toBe(true);
  });

  it('is replaced by its commits made anew on a newer base', async () => {
    const { branch, head, base } = await published({ 'src/rebased.js': 'one\n' });
    const onto = await local.github
      .as('alice')
      .commit(repoName, { branch: 'main', message: 'Newer', files: { [`${randomUUID()}.txt`]: 'x' } });
    work.of = { ...work.of, replay: { fromSha: base, toSha: head } };
    const action = await workAt(onto, { 'src/fixed.js': 'two\n' }, { branch, onto: head, force: true });

    const effect = await settle(await plan(action));

    const now = await commitAt(await headOf(branch));
    const replayed = await commitAt(now.parents[0]?.sha ?? '');
    expect(effect.state).toBe('done');
    expect(replayed.parents.map(({ sha }) => sha)).toEqual([onto]);
    expect(replayed.files?.map(({ filename }) => filename)).toEqual(['src/rebased.js']);
    expect([now, replayed].map((one) => one.commit.verification?.verified)).toEqual([true, true]);
  });

  it.each([
    ['moved on', false],
    ['replaced', true],
  ])('is not %s when somebody pushed to it', async (_what, force) => {
    const { branch, head } = await published({ 'src/theirs.js': 'one\n' });
    const action = await workAt(head, { 'src/theirs.js': 'two\n' }, { branch, onto: head, force });
    const theirs = await local.github
      .as('bob')
      .commit(repoName, { branch, message: 'Mine', files: { 'mine.txt': 'x' } });

    const effect = await settle(await plan(action));

    expect(effect).toMatchObject({
      state: 'failed',
      error: expect.stringContaining(`Somebody pushed to the branch \`${branch}\``),
    });
    expect(await headOf(branch)).toBe(theirs);
  });

  it('that somebody else made is left, and named', async () => {
    const branch = `crew/${randomUUID()}`;
    const theirs = await local.github
      .as('bob')
      .commit(repoName, { branch, message: 'Mine', files: { [`${branch}.txt`]: 'x' } });

    const effect = await settle(await plan(await workAt(await mainSha(), { 'a.txt': 'a\n' }, { branch })));

    expect(effect).toMatchObject({
      state: 'failed',
      error: expect.stringContaining(`\`${branch}\` stands at another commit`),
    });
    expect(await headOf(branch)).toBe(theirs);
  });

  it('that was deleted in the meantime is not made again', async () => {
    const { branch, head } = await published({ 'src/gone.js': 'one\n' });
    const action = await workAt(head, { 'src/gone.js': 'two\n' }, { branch, onto: head });
    await local.github.as('alice').deleteBranch(repoName, branch);

    const effect = await settle(await plan(action));

    expect(effect).toMatchObject({ state: 'failed', error: expect.stringContaining('was deleted') });
    expect(await headOf(branch)).toBeNull();
  });

  it('is not made when the commits come out with another tree than was checked', async () => {
    const base = await mainSha();
    const { tree } = (await commitAt(base)).commit;
    const action = await workAt(base, { 'a.txt': 'another\n' }, { treeSha: tree.sha });

    const effect = await settle(await plan(action));

    expect(effect).toMatchObject({ state: 'failed', error: expect.stringContaining('nothing was pushed') });
    expect(await headOf(action.branch)).toBeNull();
  });

  it('with more than the API takes is pushed with git, by the bot, and says so', async () => {
    const action = await workAt(await mainSha(), { 'one.txt': '1\n', 'two.txt': '2\n' });
    work.workspaces = await workspacesWith({ builtMaxFiles: 1 });

    const effect = await settle(await plan(action));

    const { commit, author } = await commitAt(await headOf(action.branch));
    expect(effect.outcome?.left).toBe(
      'pushed with git, and so not Verified: 2 files are more than the API takes',
    );
    expect(commit.verification?.verified).toBe(false);
    expect(author?.login).toBe('hypercode-crew[bot]');
  });
});

describe('a branch pushed with git', () => {
  it('has commits by the App’s bot', async () => {
    const action = await workAt(await mainSha(), { 'pushed.txt': '1\n' }, { how: 'push' });

    const effect = await settle(await plan(action));

    const { commit, author } = await commitAt(await headOf(action.branch));
    expect(effect.state).toBe('done');
    expect(author).toMatchObject({ login: 'hypercode-crew[bot]', type: 'Bot' });
    expect(commit.author?.name).toBe('hypercode-crew[bot]');
    expect(commit.author?.email).toMatch(/^\d+\+hypercode-crew\[bot\]@users\.noreply\.github\.com$/);
    expect(commit.committer?.email).toBe(commit.author?.email);
  });

  it('is replaced only while it stands where it is said to', async () => {
    const { branch, head, base } = await published({ 'src/forced.js': 'one\n' });
    const action = await workAt(
      base,
      { 'src/forced.js': 'two\n' },
      { branch, onto: head, force: true, how: 'push' },
    );
    const first = await settle(await plan(action));
    const replaced = await headOf(branch);

    const late = { ...(await workAt(base, { 'src/forced.js': 'three\n' })), branch, onto: head, force: true };
    const second = await settle(await plan({ ...late, how: 'push' }));

    expect(first.state).toBe('done');
    expect((await commitAt(replaced)).parents.map(({ sha }) => sha)).toEqual([base]);
    expect(second).toMatchObject({ state: 'failed', error: expect.stringContaining('Somebody pushed') });
    expect(await headOf(branch)).toBe(replaced);
  });
});

const troubles: readonly (readonly [string, object])[] = [
  ['the answer is a 502 though it was done', { kind: 'lost-answer' }],
  ['the connection breaks before it was done', { kind: 'reset' }],
];
const requests = [
  ['POST', 'git/trees$'],
  ['POST', 'git/commits$'],
  ['POST', 'git/refs$'],
  ['PATCH', 'git/refs/'],
] as const;

describe.each(requests)('a branch, hindered at %s %s,', (method, path) => {
  it.each(troubles)('stands once when %s', async (_title, trouble) => {
    const { branch, head } = await published({ 'src/hindered.js': `${randomUUID()}\n` });
    const content = { 'src/hindered.js': `${randomUUID()}\n` };
    const moved = method === 'PATCH' ? { branch, onto: head } : {};
    const action = await workAt(method === 'PATCH' ? head : await mainSha(), content, moved);
    local.github.setFaults([{ ...trouble, method, path, times: 1 } as Fault]);

    const effect = await settle(await plan(action));

    expect(effect).toMatchObject({ state: 'done', attempts: 2 });
    const now = await commitAt(await headOf(action.branch));
    expect(effect.outcome?.externalId).toBe(now.sha);
    expect(now.commit).toMatchObject({ tree: { sha: action.treeSha }, verification: { verified: true } });
  });
});

it.each([
  ['created', 'api', false],
  ['created', 'push', false],
  ['moved on', 'api', true],
  ['moved on', 'push', true],
] as const)(
  'a branch that was %s by %s stands once when a process died after sending it',
  async (_what, how, update) => {
    const { branch, head } = await published({ 'src/killed.js': `${randomUUID()}\n` });
    const content = { 'src/killed.js': `${randomUUID()}\n` };
    const action = update
      ? await workAt(head, content, { branch, onto: head, how })
      : await workAt(await mainSha(), content, { how });
    const effect = await plan(action);
    await dieAfterSending(effect);
    const sent = await headOf(action.branch);

    const settled = await settle(effect);

    expect(settled).toMatchObject({ state: 'done', outcome: { externalId: sent } });
    expect(await headOf(action.branch)).toBe(sent);
  },
);
