// Review threads from a person's side: who may resolve them, what is told of it, how they follow a branch, how they look.
import type { Octokit } from '@octokit/rest';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  app,
  installationOctokit,
  type Local,
  owner,
  personOctokit,
  receiveHooks,
  repo,
  repoName,
  startLocal,
} from './local-github.ts';

const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`);
const text = (all: readonly string[]) => `${all.join('\n')}\n`;

let local: Local;
let octokit: Octokit;
let hooks: Awaited<ReturnType<typeof receiveHooks>>;
let branch: string;
let number: number;
/** On lines 4 to 5 and on line 10. */
let ids: readonly number[];
let pulls = 0;

beforeAll(async () => {
  hooks = await receiveHooks();
  local = await startLocal({ app: { ...app, webhookUrl: hooks.url } });
  octokit = await installationOctokit(local.github);
});
beforeEach(async () => {
  pulls += 1;
  branch = `topic-${pulls}`;
  const bob = local.github.as('bob');
  await bob.commit(repoName, { branch, from: 'main', message: 'A', files: { 'a.txt': text(lines(12)) } });
  // Opened by someone who cannot write: GitHub lets authors end the threads of their own pull requests.
  number = (await local.github.as('rita').openPull(repoName, { title: 'A', head: branch, base: 'main' }))
    .number;
  const pull = { owner, repo, pull_number: number };
  const comments = [
    {
      path: 'a.txt',
      start_line: 4,
      start_side: 'RIGHT',
      line: 5,
      side: 'RIGHT',
      body: 'Better:\n\n```suggestion\nfour <b>\n```\n\nShorter.',
    },
    { path: 'a.txt', line: 10, body: 'Why?' },
  ];
  const { data } = await octokit.rest.pulls.createReview({ ...pull, event: 'COMMENT', comments });
  const listed = await octokit.rest.pulls.listCommentsForReview({ ...pull, review_id: data.id });
  ids = listed.data.map(({ id }) => id);
});
afterAll(async () => {
  expect(local.github.violations()).toEqual([]);
  await local.stop();
  await hooks.stop();
});

const [FIRST, SECOND] = [0, 1];
const id = (index: number) => ids[index] ?? 0;
const page = async (path = '') =>
  (await fetch(`${local.github.url}/${repoName}/pull/${number}${path}`)).text();
const change = (content: readonly string[], more: { force?: boolean; from?: string } = {}) =>
  local.github
    .as('bob')
    .commit(repoName, { branch, message: 'B', files: { 'a.txt': text(content) }, ...more });

async function comment(index: number) {
  return (await octokit.rest.pulls.getReviewComment({ owner, repo, comment_id: id(index) })).data;
}

async function told(event: string, action: string) {
  await vi.waitFor(() => expect(local.github.idle()).toBe(true), { timeout: 10_000 });
  return hooks.received.filter(
    ({ event: name, payload }) =>
      name === event &&
      payload.action === action &&
      (payload.pull_request as { number: number }).number === number,
  );
}

interface Threads {
  readonly repository: {
    readonly pullRequest: {
      readonly reviewThreads: {
        readonly nodes: readonly { readonly id: string; readonly viewerCanResolve: boolean }[];
      };
    };
  };
}

async function threadsAs(client: Octokit) {
  const { repository } = await client.graphql<Threads>(
    `query($owner: String!, $name: String!, $number: Int!) {
      repository(owner: $owner, name: $name) {
        pullRequest(number: $number) { reviewThreads(first: 10) { nodes { id viewerCanResolve } } }
      }
    }`,
    { owner, name: repo, number },
  );
  return repository.pullRequest.reviewThreads.nodes;
}

describe('a thread', () => {
  it.each([
    ['alice', 'an administrator', true],
    ['bob', 'a writer', true],
    ['rita', 'the author of the pull request', true],
    ['tina', 'a triager', false],
    ['mallory', 'a stranger', false],
  ])('can be resolved by %s, %s: %s', async (login, _who, may) => {
    const resolving = local.github.as(login).resolveThread(repoName, number, id(FIRST));

    await (may ? resolving : expect(resolving).rejects.toMatchObject({ status: 403 }));

    const [first] = await threadsAs(await personOctokit(local.github, login));
    expect(first?.viewerCanResolve).toBe(may);
    const { reviewComments } = await local.github.snapshot(repoName);
    expect(reviewComments.find((one) => one.id === id(FIRST))?.resolvedBy).toBe(may ? login : null);
  });

  it('cannot be resolved by an App that may not write contents', async () => {
    const permissions = { pull_requests: 'write', contents: 'read' };
    const narrow = await installationOctokit(local.github, { permissions });
    const [first] = await threadsAs(narrow);

    const resolving = narrow.graphql(
      'mutation($id: ID!) { resolveReviewThread(input: { threadId: $id }) { thread { id } } }',
      { id: first?.id },
    );

    await expect(resolving).rejects.toMatchObject({ errors: [{ type: 'FORBIDDEN' }] });
    expect(first?.viewerCanResolve).toBe(false);
  });

  it('tells by webhooks that it was resolved and unresolved, by whom, with all its comments', async () => {
    const bob = local.github.as('bob');
    const reply = await bob.reviewReply(repoName, number, id(FIRST), 'Because.');

    await bob.resolveThread(repoName, number, id(FIRST));
    await bob.resolveThread(repoName, number, reply.id, false);

    for (const action of ['resolved', 'unresolved']) {
      const [{ payload } = { payload: {} }] = await told('pull_request_review_thread', action);
      expect(payload).toMatchObject({
        sender: { login: 'bob', type: 'User' },
        thread: {
          node_id: expect.stringMatching(/^PRRT_/),
          comments: [{ id: id(FIRST) }, { id: reply.id, in_reply_to_id: id(FIRST) }],
        },
      });
    }
    const created = await told('pull_request_review_comment', 'created');
    expect(created.at(-1)?.payload.comment).toMatchObject({
      body: 'Because.',
      in_reply_to_id: id(FIRST),
      user: { login: 'bob' },
    });
    expect(created[0]?.payload.comment).not.toHaveProperty('in_reply_to_id');
  });

  it('moves with its lines', async () => {
    await change(['new', ...lines(12)]);

    expect(await comment(FIRST)).toMatchObject({ start_line: 5, line: 6, original_line: 5, position: 6 });
    expect(await comment(SECOND)).toMatchObject({ line: 11, original_line: 10 });
  });

  it('is outdated when its line goes, and what is replied then stands where it began', async () => {
    await change(lines(12).toSpliced(9, 1, 'ten'));
    await local.github.as('rita').reviewReply(repoName, number, id(SECOND), 'Done.');

    const gone = { line: null, position: null, original_line: 10, original_position: 10 };
    expect(await comment(SECOND)).toMatchObject(gone);
    const { data } = await octokit.rest.pulls.listReviewComments({ owner, repo, pull_number: number });
    expect(data.at(-1)).toMatchObject({ ...gone, body: 'Done.', in_reply_to_id: id(SECOND) });
    expect(await comment(FIRST)).toMatchObject({ line: 5 });
  });

  it('stands through a force-push on the lines that are still there', async () => {
    await change(lines(12).toSpliced(9, 1, 'ten'), { force: true, from: 'main' });

    expect(await comment(FIRST)).toMatchObject({ line: 5 });
    expect(await comment(SECOND)).toMatchObject({ line: null });
    expect(await told('pull_request', 'synchronize')).toHaveLength(1);
    const { events } = await local.github.snapshot(repoName);
    expect(events.some((one) => one.number === number && one.event === 'head_ref_force_pushed')).toBe(true);
  });

  it('tells who reacted to a comment, page by page', async () => {
    for (const login of ['bob', 'tina', 'mallory']) {
      await local.github.as(login).react(repoName, { reviewComment: id(FIRST) }, '-1');
    }
    await local.github.as('alice').react(repoName, { reviewComment: id(FIRST) }, '+1');
    const { data } = await octokit.rest.pulls.getReviewComment({ owner, repo, comment_id: id(FIRST) });
    const logins = async (content: string, after: string | null) => {
      const { repository } = await octokit.graphql<{
        repository: { pullRequest: { reviewThreads: { nodes: { comments: { nodes: unknown[] } }[] } } };
      }>(
        `query($owner: String!, $name: String!, $number: Int!, $content: ReactionContent, $after: String) {
          repository(owner: $owner, name: $name) { pullRequest(number: $number) { reviewThreads(first: 1) { nodes {
            comments(first: 1) { nodes { reactions(content: $content, first: 2, after: $after) {
              totalCount nodes { content user { login } } pageInfo { hasNextPage endCursor }
            } } }
          } } } }
        }`,
        { owner, name: repo, number, content, after },
      );
      const [first] = repository.pullRequest.reviewThreads.nodes[0]?.comments.nodes ?? [];
      return (
        first as { reactions: { nodes: unknown[]; pageInfo: { hasNextPage: boolean; endCursor: string } } }
      ).reactions;
    };

    const down = (login: string) => ({ content: 'THUMBS_DOWN', user: { login } });
    const one = await logins('THUMBS_DOWN', null);
    const two = await logins('THUMBS_DOWN', one.pageInfo.endCursor);
    expect(data.reactions).toMatchObject({ '+1': 1, '-1': 3, total_count: 4 });
    expect(one).toMatchObject({ totalCount: 3, nodes: [down('bob'), down('tina')] });
    expect(two).toMatchObject({ nodes: [down('mallory')], pageInfo: { hasNextPage: false } });
    expect(await logins('THUMBS_UP', null)).toMatchObject({ totalCount: 1 });
  });

  it('is refused to a query that names no size, or one above a hundred', async () => {
    const ask = (args: string) =>
      octokit.graphql(
        `query($owner: String!, $name: String!, $number: Int!) {
          repository(owner: $owner, name: $name) { pullRequest(number: $number) { reviewThreads${args} { totalCount } } }
        }`,
        { owner, name: repo, number },
      );

    await expect(ask('')).rejects.toMatchObject({ errors: [{ type: 'MISSING_PAGINATION_BOUNDARIES' }] });
    await expect(ask('(first: 101)')).rejects.toMatchObject({ errors: [{ type: 'EXCESSIVE_PAGINATION' }] });
  });
});

describe('the pages', () => {
  it('show a suggestion as a change of its lines', async () => {
    const shown = await page();

    expect(shown).toContain('Suggested change');
    expect(shown.match(/-line [45](?=<)|\+four &lt;b&gt;/g)).toEqual([
      '-line 4',
      '-line 5',
      '+four &lt;b&gt;',
    ]);
    expect(shown).toContain('lines 4 to 5');
    expect(shown).not.toContain('language-suggestion');
  });

  it('show that a thread is outdated, resolved by whom, and how often it was answered', async () => {
    await change(lines(12).toSpliced(9, 1, 'ten'));
    await local.github.as('rita').reviewReply(repoName, number, id(SECOND), 'Done.');
    await local.github.as('bob').resolveThread(repoName, number, id(SECOND));
    await local.github.as('bob').react(repoName, { reviewComment: id(SECOND) }, '-1');

    const shown = await page();

    for (const part of ['Outdated', 'Resolved by bob', '1 reply', 'Done.', '👎 1']) {
      expect(shown).toContain(part);
    }
    expect(await page('/files')).toContain('Suggested change');
  });

  it('show a check run that was skipped, and why', async () => {
    const { data: pull } = await octokit.rest.pulls.get({ owner, repo, pull_number: number });
    const { data: run } = await octokit.rest.checks.create({
      owner,
      repo,
      name: 'crew',
      head_sha: pull.head.sha,
      status: 'completed',
      conclusion: 'skipped',
      output: { title: 'Not reviewed: a draft', summary: 'Drafts are not reviewed here.' },
    });

    const shown = await page();
    const own = await (await fetch(`${local.github.url}/${repoName}/runs/${run.id}`)).text();

    expect(run).toMatchObject({ status: 'completed', conclusion: 'skipped' });
    expect(shown).toContain('<strong class="skipped">skipped</strong>');
    expect(shown).toContain('Not reviewed: a draft');
    expect(own).toContain('Drafts are not reviewed here.');
  });
});
