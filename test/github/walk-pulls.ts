// The walk's calls about pull requests, reviews and threads.
import type { Octokit } from '@octokit/rest';
import { expect } from 'vitest';
import type { GitHub } from '../../demo/github/github.ts';
import { owner, repo, repoName } from './local-github.ts';

const at = { owner, repo };

export async function walkPulls(octokit: Octokit, alice: Octokit, github: GitHub): Promise<void> {
  await github.as('bob').commit(repoName, {
    branch: 'feature/cart',
    from: 'main',
    message: 'Change the cart',
    files: { 'src/cart.js': 'const line1 = 100;\n', 'src/new.js': 'export const a = 1;\n' },
  });
  const { data: made } = await octokit.rest.pulls.create({
    ...at,
    title: 'Mend the cart',
    head: 'feature/cart',
    base: 'main',
    body: 'Closes #1',
    draft: true,
  });
  const pull = { ...at, pull_number: made.number };
  await octokit.graphql(
    'mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { isDraft } } }',
    { id: made.node_id },
  );
  expect((await octokit.rest.pulls.get(pull)).data).toMatchObject({
    draft: false,
    mergeable: true,
    changed_files: 2,
  });
  expect(
    (await octokit.rest.pulls.list({ ...at, head: `${owner}:feature/cart`, state: 'open' })).data,
  ).toHaveLength(1);
  await octokit.rest.pulls.update({ ...pull, title: 'Mend the cart well' });
  expect((await octokit.rest.pulls.listFiles(pull)).data.map((file) => file.status)).toEqual([
    'modified',
    'added',
  ]);
  await octokit.rest.pulls.listCommits(pull);
  const { data: diff } = await octokit.rest.pulls.get({ ...pull, mediaType: { format: 'diff' } });
  expect(String(diff)).toContain('diff --git a/src/cart.js b/src/cart.js');
  await octokit.rest.pulls.requestReviewers({ ...pull, reviewers: ['alice'] });
  await octokit.rest.pulls.listRequestedReviewers(pull);
  const { data: review } = await octokit.rest.pulls.createReview({
    ...pull,
    event: 'COMMENT',
    body: 'Two notes',
    comments: [
      { path: 'src/cart.js', line: 1, side: 'RIGHT', body: 'Why 100?' },
      { path: 'src/new.js', line: 1, body: 'Name it.' },
    ],
  });
  await octokit.rest.pulls.getReview({ ...pull, review_id: review.id });
  await octokit.rest.pulls.listReviews(pull);
  const { data: notes } = await octokit.rest.pulls.listCommentsForReview({ ...pull, review_id: review.id });
  const comment_id = notes[0]?.id ?? 0;
  await octokit.rest.pulls.createReplyForReviewComment({ ...pull, comment_id, body: 'Still.' });
  await octokit.rest.pulls.listReviewComments(pull);
  await octokit.rest.pulls.updateReviewComment({ ...at, comment_id, body: 'Why a hundred?' });
  await octokit.rest.pulls.getReviewComment({ ...at, comment_id });
  await octokit.rest.reactions.createForPullRequestReviewComment({ ...at, comment_id, content: '+1' });
  await octokit.rest.reactions.listForPullRequestReviewComment({ ...at, comment_id });
  await walkThreads(octokit, made.number);
  const { data: approval } = await alice.rest.pulls.createReview({ ...pull, event: 'APPROVE' });
  await alice.rest.pulls.dismissReview({ ...pull, review_id: approval.id, message: 'On second thought' });
  const { data: pending } = await octokit.rest.pulls.createReview({ ...pull, body: 'Later' });
  await octokit.rest.pulls.updateReview({ ...pull, review_id: pending.id, body: 'Now' });
  await octokit.rest.pulls.submitReview({ ...pull, review_id: pending.id, event: 'COMMENT' });
  await octokit.rest.repos.listPullRequestsAssociatedWithCommit({ ...at, commit_sha: made.head.sha });
  await octokit.rest.pulls.merge({ ...pull, merge_method: 'squash' });
  expect((await octokit.rest.pulls.checkIfMerged(pull)).status).toBe(204);
  expect((await octokit.rest.pulls.get(pull)).data).toMatchObject({ merged: true, state: 'closed' });
  expect((await octokit.rest.issues.get({ ...at, issue_number: 1 })).data.state).toBe('closed');
}

async function walkThreads(octokit: Octokit, number: number): Promise<void> {
  const threads = `query($owner: String!, $name: String!, $number: Int!) {
    repository(owner: $owner, name: $name) { pullRequest(number: $number) { reviewThreads(first: 50) {
      nodes { id isResolved isOutdated path line comments(first: 10) { nodes { databaseId body author { login } } } }
    } } }
  }`;
  interface Threads {
    repository: {
      pullRequest: {
        reviewThreads: { nodes: { id: string; isResolved: boolean; path: string; line: number }[] };
      };
    };
  }
  const read = async () =>
    (await octokit.graphql<Threads>(threads, { owner, name: repo, number })).repository.pullRequest
      .reviewThreads.nodes;
  const [first] = await read();
  expect(first).toMatchObject({ isResolved: false, path: 'src/cart.js', line: 1 });
  await octokit.graphql(
    'mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }',
    { id: first?.id },
  );
  expect((await read())[0]?.isResolved).toBe(true);
}
