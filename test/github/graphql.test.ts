// Review threads, drafts and minimising through GraphQL, with GitHub's errors.
import type { Octokit } from '@octokit/rest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installationOctokit, type Local, owner, repo, repoName, startLocal } from './local-github.ts';

interface Thread {
  readonly id: string;
  readonly isResolved: boolean;
  readonly isOutdated: boolean;
  readonly path: string;
  readonly line: number | null;
  readonly resolvedBy: { readonly login: string } | null;
  readonly comments: {
    readonly nodes: readonly {
      readonly id: string;
      readonly body: string;
      readonly author: { readonly login: string };
    }[];
  };
}

let local: Local;
let octokit: Octokit;
let number: number;
let pullId: string;
beforeAll(async () => {
  local = await startLocal();
  octokit = await installationOctokit(local.github);
  const bob = local.github.as('bob');
  await bob.commit(repoName, { branch: 'x', from: 'main', message: 'X', files: { x: 'one\ntwo\n' } });
  number = (await bob.openPull(repoName, { title: 'X', head: 'x', base: 'main' })).number;
  pullId = (await octokit.rest.pulls.get({ owner, repo, pull_number: number })).data.node_id;
  const comments = [
    { path: 'x', line: 1, body: 'First' },
    { path: 'x', line: 2, body: 'Second' },
  ];
  await octokit.rest.pulls.createReview({ owner, repo, pull_number: number, event: 'COMMENT', comments });
});
afterAll(() => local.stop());

const fields =
  'id isResolved isOutdated path line resolvedBy { login } comments(first: 20) { nodes { id body author { login } } }';

async function threads(): Promise<readonly Thread[]> {
  const query = `query($owner: String!, $name: String!, $number: Int!) {
    repository(owner: $owner, name: $name) { pullRequest(number: $number) { reviewThreads(first: 50) { nodes { ${fields} } } } }
  }`;
  const found = await octokit.graphql<{
    repository: { pullRequest: { reviewThreads: { nodes: Thread[] } } };
  }>(query, {
    owner,
    name: repo,
    number,
  });
  return found.repository.pullRequest.reviewThreads.nodes;
}

async function first(): Promise<Thread> {
  const [thread] = await threads();
  if (!thread) throw new Error('no thread');
  return thread;
}

const change = (name: string, id: string, by = octokit): Promise<unknown> =>
  by.graphql(`mutation($id: ID!) { ${name}(input: { threadId: $id }) { thread { id } } }`, { id });

describe('review threads', () => {
  it('are resolved and unresolved, each with its webhook', async () => {
    const { id } = await first();
    await change('resolveReviewThread', id);
    expect(await first()).toMatchObject({ isResolved: true, resolvedBy: { login: 'hypercode-crew' } });
    await change('resolveReviewThread', id);
    await change('unresolveReviewThread', id);

    expect(await first()).toMatchObject({ isResolved: false, resolvedBy: null });
    const told = local.github.deliveries().filter((one) => one.event === 'pull_request_review_thread');
    expect(told.map((one) => one.action)).toEqual(['resolved', 'unresolved']);
  });

  it('take replies', async () => {
    const { id } = await first();
    await octokit.graphql(
      'mutation($id: ID!) { addPullRequestReviewThreadReply(input: { pullRequestReviewThreadId: $id, body: "Again" }) { comment { databaseId } } }',
      { id },
    );

    expect((await first()).comments.nodes.map((one) => one.body)).toEqual(['First', 'Again']);
  });

  it('become outdated when a push takes their line away', async () => {
    await local.github.as('bob').commit(repoName, { branch: 'x', message: 'X2', files: { x: 'one\n2\n' } });

    expect((await threads()).map(({ line, isOutdated }) => ({ line, isOutdated }))).toEqual([
      { line: 1, isOutdated: false },
      { line: null, isOutdated: true },
    ]);
  });

  it('are not touched by a token without pull_requests: write', async () => {
    const { id } = await first();
    const reader = await installationOctokit(local.github, { permissions: { pull_requests: 'read' } });

    await expect(change('resolveReviewThread', id, reader)).rejects.toMatchObject({
      errors: [{ type: 'FORBIDDEN', message: 'Resource not accessible by integration' }],
    });
    expect((await first()).isResolved).toBe(false);
    await expect(change('resolveReviewThread', 'PRRT_bm90aGluZw')).rejects.toMatchObject({
      errors: [{ type: 'NOT_FOUND' }],
    });
  });
});

describe('an issue', () => {
  const query = `query($owner: String!, $name: String!, $number: Int!) {
    repository(owner: $owner, name: $name) { issue(number: $number) {
      title body createdAt lastEditedAt
      timelineItems(last: 1, itemTypes: [RENAMED_TITLE_EVENT]) { nodes { ... on RenamedTitleEvent { createdAt } } }
    } }
  }`;
  interface Told {
    readonly repository: { readonly issue: Record<string, unknown> };
  }
  const ask = async (of: number, by = octokit) =>
    (await by.graphql<Told>(query, { owner, name: repo, number: of })).repository.issue;

  it('tells when what it says was changed, and by nothing else', async () => {
    const bob = local.github.as('bob');
    const { number: of } = await bob.openIssue(repoName, { title: 'It breaks', body: 'Often.' });
    await bob.comment(repoName, of, 'Still.');
    const renamed = { nodes: [{ createdAt: expect.any(String) }] };

    expect(await ask(of)).toMatchObject({ lastEditedAt: null, timelineItems: { nodes: [] } });
    await bob.editIssue(repoName, of, { title: 'It breaks often' });
    expect(await ask(of)).toMatchObject({ lastEditedAt: null, timelineItems: renamed });
    await bob.editIssue(repoName, of, { body: 'Always.' });
    expect(await ask(of)).toMatchObject({ body: 'Always.', lastEditedAt: expect.any(String) });
  });

  it('is told to a token that may read issues, and is no pull request', async () => {
    const reader = await installationOctokit(local.github, { permissions: { pull_requests: 'read' } });

    await expect(ask(number)).rejects.toMatchObject({ errors: [{ type: 'NOT_FOUND' }] });
    await expect(ask(number, reader)).rejects.toMatchObject({ errors: [{ type: 'FORBIDDEN' }] });
  });
});

describe('a pull request and its comments', () => {
  it('becomes a draft and ready again', async () => {
    const set = (name: string) =>
      octokit.graphql<Record<string, { pullRequest: { isDraft: boolean } }>>(
        `mutation($id: ID!) { ${name}(input: { pullRequestId: $id }) { pullRequest { isDraft } } }`,
        { id: pullId },
      );

    expect((await set('convertPullRequestToDraft')).convertPullRequestToDraft?.pullRequest.isDraft).toBe(
      true,
    );
    expect(
      (await set('markPullRequestReadyForReview')).markPullRequestReadyForReview?.pullRequest.isDraft,
    ).toBe(false);
    expect(local.github.violations()).toEqual([]);
  });

  it('hides a comment with its reason', async () => {
    const { data } = await octokit.rest.issues.createComment({
      owner,
      repo,
      issue_number: number,
      body: 'Old news',
    });
    await octokit.graphql(
      'mutation($id: ID!) { minimizeComment(input: { subjectId: $id, classifier: OUTDATED }) { minimizedComment { isMinimized } } }',
      { id: data.node_id },
    );

    const { comments } = await local.github.snapshot(repoName);
    expect(comments.find((one) => one.id === data.id)?.minimized).toBe('outdated');
  });
});
