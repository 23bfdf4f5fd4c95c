// Reviews as GitHub takes them: all or nothing, one pending per user, none of one's own, outdated by a push.
import type { Octokit } from '@octokit/rest';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { cart, installationOctokit, type Local, owner, repo, repoName, startLocal } from './local-github.ts';

const locals: Local[] = [];
let local: Local;
let octokit: Octokit;
let pull: { owner: string; repo: string; pull_number: number };

const changed = cart.replace('line10 = 10', 'line10 = 100');

beforeEach(async () => {
  local = await startLocal();
  locals.push(local);
  const bob = local.github.as('bob');
  await bob.commit(repoName, {
    branch: 'change',
    from: 'main',
    message: 'Change',
    files: { 'src/cart.js': changed },
  });
  const { number } = await bob.openPull(repoName, { title: 'Change', head: 'change', base: 'main' });
  octokit = await installationOctokit(local.github);
  pull = { owner, repo, pull_number: number };
});
afterAll(() => Promise.all(locals.map((one) => one.stop())));

const good = { path: 'src/cart.js', line: 10, body: 'Good' };

describe('a review', () => {
  it('fails whole for one bad line, names no culprit and leaves nothing', async () => {
    const comments = [good, { path: 'src/cart.js', line: 30, body: 'Off the diff' }];

    await expect(
      octokit.rest.pulls.createReview({ ...pull, event: 'COMMENT', body: 'x', comments }),
    ).rejects.toMatchObject({
      status: 422,
      response: {
        data: {
          message: 'Unprocessable Entity',
          errors: ['Pull request review thread line must be part of the diff'],
        },
      },
    });
    const { reviews, reviewComments } = await local.github.snapshot(repoName);
    expect([reviews, reviewComments]).toEqual([[], []]);
  });

  it('may be pending once per user', async () => {
    const { data } = await octokit.rest.pulls.createReview({ ...pull, body: 'Draft', comments: [good] });

    await expect(
      octokit.rest.pulls.createReview({ ...pull, event: 'COMMENT', body: 'x' }),
    ).rejects.toMatchObject({ status: 422 });
    expect((await octokit.rest.pulls.listReviewComments(pull)).data).toEqual([]);
    await octokit.rest.pulls.deletePendingReview({ ...pull, review_id: data.id });
    expect((await octokit.rest.pulls.createReview({ ...pull, event: 'APPROVE' })).data.state).toBe(
      'APPROVED',
    );
  });

  it("is no approval of the App's own pull request", async () => {
    await local.github
      .as('bob')
      .commit(repoName, { branch: 'own', from: 'main', message: 'o', files: { o: 'o\n' } });
    const { data } = await octokit.rest.pulls.create({
      owner,
      repo,
      title: 'Own',
      head: 'own',
      base: 'main',
    });
    const own = { owner, repo, pull_number: data.number };

    for (const event of ['APPROVE', 'REQUEST_CHANGES'] as const) {
      await expect(octokit.rest.pulls.createReview({ ...own, event, body: 'x' })).rejects.toMatchObject({
        status: 422,
      });
    }
    expect((await octokit.rest.pulls.createReview({ ...own, event: 'COMMENT', body: 'x' })).status).toBe(200);
  });

  it('has a body of at most 65,536 characters', async () => {
    const body = 'x'.repeat(65_537);
    await expect(octokit.rest.pulls.createReview({ ...pull, event: 'COMMENT', body })).rejects.toMatchObject({
      status: 422,
    });
    const shorter = await octokit.rest.pulls.createReview({ ...pull, event: 'COMMENT', body: body.slice(1) });
    expect(shorter.status).toBe(200);
  });

  it('keeps its comments on their lines through a push, and outdates those whose line went', async () => {
    await octokit.rest.pulls.createReview({
      ...pull,
      event: 'COMMENT',
      comments: [good, { path: 'src/cart.js', line: 9, body: 'Context' }],
    });
    await local.github.as('bob').commit(repoName, {
      branch: 'change',
      message: 'More',
      files: { 'src/cart.js': `first\n${changed.replace('line10 = 100', 'line10 = 7')}` },
    });

    const { data } = await octokit.rest.pulls.listReviewComments(pull);
    expect(
      data.map(({ body, line, position, original_line }) => ({
        body,
        line,
        outdated: position === null,
        original_line,
      })),
    ).toEqual([
      { body: 'Good', line: null, outdated: true, original_line: 10 },
      { body: 'Context', line: 10, outdated: false, original_line: 9 },
    ]);
  });
});

describe('a pull request', () => {
  it('ends list-files at 3,000 and gives no .diff above 300 files', async () => {
    const files = Object.fromEntries(Array.from({ length: 301 }, (_, index) => [`many/${index}.txt`, 'x\n']));
    await local.github.as('bob').commit(repoName, { branch: 'many', from: 'main', message: 'Many', files });
    const { number } = await local.github
      .as('bob')
      .openPull(repoName, { title: 'Many', head: 'many', base: 'main' });
    const many = { owner, repo, pull_number: number };

    await expect(octokit.rest.pulls.get({ ...many, mediaType: { format: 'diff' } })).rejects.toMatchObject({
      status: 406,
    });
    expect(await octokit.paginate(octokit.rest.pulls.listFiles, { ...many, per_page: 100 })).toHaveLength(
      301,
    );
  });

  it('cannot be merged when it conflicts', async () => {
    await local.github.as('alice').commit(repoName, {
      branch: 'main',
      message: 'Other',
      files: { 'src/cart.js': cart.replace('line10 = 10', 'line10 = 11') },
    });

    expect((await octokit.rest.pulls.get(pull)).data).toMatchObject({
      mergeable: false,
      mergeable_state: 'dirty',
    });
    await expect(octokit.rest.pulls.merge(pull)).rejects.toMatchObject({ status: 405 });
  });

  it('is refused when one for the same branches is open', async () => {
    const again = { owner, repo, title: 'Again', head: 'change', base: 'main' };
    await expect(octokit.rest.pulls.create(again)).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('A pull request already exists for octo-org:change.'),
    });
  });
});
