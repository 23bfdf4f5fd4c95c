import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../demo/github/faults.ts';
import { createReader } from '../../src/app/github/reader.ts';
import { hasMarker } from '../../src/core/marker.ts';
import { type Local, narrowOctokit, owner, repo, repoName } from '../github/local-github.ts';
import { silentLog } from '../support/silent-log.ts';
import { KINDS, openIssue, openPull } from './publisher-kinds.ts';
import { publishingFlows } from './publishing-flows.ts';

const flows = publishingFlows();
const { plan, settle, dieAfterSending } = flows;
let local: Local;

beforeAll(() => {
  local = flows.local;
});

const troubles: readonly (readonly [string, Pick<Fault, 'kind'> & Record<string, unknown>])[] = [
  ['the answer is a 502 though it was done', { kind: 'lost-answer' }],
  ['the answer is a 502 and it was not done', { kind: 'error' }],
  ['the connection breaks after it was done', { kind: 'reset', afterEffect: true }],
  ['the connection breaks before it was done', { kind: 'reset' }],
  ['the rate limit is reached', { kind: 'limited' }],
];

describe.each(KINDS)('$kind, hindered at $write,', ({ write, prepare }) => {
  it.each(troubles)('stands once when %s', async (_title, trouble) => {
    const { action, count } = await prepare(local);
    const effect = await plan(action);
    for (const method of ['POST', 'DELETE']) {
      if ((action.kind === 'remove_label') !== (method === 'DELETE')) continue;
      local.github.setFaults([{ ...trouble, method, path: write, times: 1 } as Fault]);
    }

    const settled = await settle(effect);

    // To wait for a limit is no attempt.
    expect(settled).toMatchObject({ state: 'done', attempts: trouble.kind === 'limited' ? 1 : 2 });
    expect(await count(effect)).toBe(1);
  });

  it('stands once when a process died after sending it', async () => {
    const { action, count } = await prepare(local);
    const effect = await plan(action);
    await dieAfterSending(effect);

    const settled = await settle(effect);

    expect(settled.state).toBe('done');
    expect(await count(effect)).toBe(1);
  });
});

describe('a comment', () => {
  it('that reads do not show yet is found by the second look', async () => {
    const { number } = await openIssue(local);
    const effect = await plan({ kind: 'comment', number, body: 'Hello' });
    local.github.setFaults([
      { kind: 'lost-answer', method: 'POST', path: 'comments$', times: 1 },
      { kind: 'lag', lagMs: 60_000, path: 'comments', times: 1 },
    ]);

    const settled = await settle(effect);

    const { comments } = await local.github.snapshot(repoName);
    expect(settled.state).toBe('done');
    expect(comments.filter(({ body }) => hasMarker(body, effect.key)).map(({ id }) => id)).toEqual([
      settled.outcome?.externalId,
    ]);
  });
});

describe('a sticky comment', () => {
  it('is edited in place, and posted anew after a person deleted it', async () => {
    const { number } = await openIssue(local);
    const key = randomUUID();
    const first = await settle(await plan({ kind: 'sticky_comment', number, body: 'one' }, key));
    const second = await settle(await plan({ kind: 'sticky_comment', number, body: 'two' }, key));
    await local.github.as('alice').deleteComment(repoName, Number(second.outcome?.externalId));

    const third = await settle(await plan({ kind: 'sticky_comment', number, body: 'three' }, key));

    const { comments } = await local.github.snapshot(repoName);
    expect(second.outcome?.externalId).toBe(first.outcome?.externalId);
    expect(third.outcome?.externalId).not.toBe(first.outcome?.externalId);
    expect(
      comments.filter(({ body }) => hasMarker(body, key)).map(({ body }) => body.split('\n')[0]),
    ).toEqual(['three']);
  });
});

describe('a review', () => {
  it('with a comment off the diff keeps the others on their lines and shows that one in its body', async () => {
    const { number, headSha } = await openPull(local);
    const on = (path: string, line: number) => ({
      path,
      side: 'RIGHT' as const,
      startLine: null,
      line,
      body: `${path}:${line}`,
    });
    const comments = [on('src/new.js', 2), on('src/cart.js', 7), on('src/new.js', 99)];

    const effect = await settle(
      await plan({ kind: 'review', number, headSha, event: 'COMMENT', body: 'Three.', comments }),
    );

    const { reviews, reviewComments } = await local.github.snapshot(repoName);
    const review = reviews.find(({ id }) => id === effect.outcome?.externalId);
    expect(review?.body).toMatch(/Three\.[\s\S]*src\/cart\.js:7[\s\S]*src\/new\.js:99/);
    expect(reviewComments.filter((comment) => comment.review === review?.id).map(({ body }) => body)).toEqual(
      ['src/new.js:2'],
    );
  });

  it('deletes our own pending review, left by a crash, first', async () => {
    const { number, headSha } = await openPull(local);
    const stale = await (
      await narrowOctokit(local.github, { pull_requests: 'write' })
    ).rest.pulls.createReview({
      owner,
      repo,
      pull_number: number,
      body: 'stale',
    });

    const effect = await settle(
      await plan({ kind: 'review', number, headSha, event: 'COMMENT', body: 'New.', comments: [] }),
    );

    const { reviews } = await local.github.snapshot(repoName);
    expect(effect.state).toBe('done');
    expect(reviews.some(({ id }) => id === stale.data.id)).toBe(false);
  });

  it('approves nothing of our own, but says what it found', async () => {
    const branch = `crew/${randomUUID()}`;
    const headSha = await local.github
      .as('alice')
      .commit(repoName, { branch, message: 'Work', files: { [branch]: 'x' } });
    const opened = await settle(
      await plan({ kind: 'open_pull_request', branch, base: 'main', title: 'Work', body: '', draft: false }),
    );
    const number = opened.outcome?.number ?? 0;

    const effect = await settle(
      await plan({ kind: 'review', number, headSha, event: 'APPROVE', body: 'Fine.', comments: [] }),
    );

    const { reviews } = await local.github.snapshot(repoName);
    expect(reviews.find(({ id }) => id === effect.outcome?.externalId)?.state).toBe('COMMENTED');
  });
});

describe('the reader', () => {
  it('reads permissions, files, branches and discussions as GitHub has them', async () => {
    const { repository } = flows;
    const reader = createReader(flows.clients, silentLog);
    const { number } = await openIssue(local);
    await local.github.as('bob').comment(repoName, number, 'By a writer');
    await local.github.as('tina').comment(repoName, number, 'By a triager');
    await settle(await plan({ kind: 'comment', number, body: 'By the crew' }));

    const permissions = await Promise.all(
      ['alice', 'bob', 'tina', 'rita', 'nobody-known'].map((login) => reader.permission(repository, login)),
    );
    const issue = await reader.issue(repository, number);
    const readings = [
      await reader.file(repository, 'README.md'),
      await reader.file(repository, 'README.md'),
      await reader.file(repository, 'src'),
      await reader.file(repository, '.github/crew.yml'),
    ];

    expect(permissions).toEqual(['admin', 'write', 'triage', 'read', 'none']);
    expect(issue).toMatchObject({
      author: 'rita',
      authorIsWriter: false,
      comments: [{ author: 'bob', body: 'By a writer' }],
    });
    expect(readings).toEqual(['# Shop\n', '# Shop\n', null, null]);
    expect(await reader.branchHead(repository, 'main')).toBe(
      (await local.github.snapshot(repoName)).refs['refs/heads/main'],
    );
  });
});
