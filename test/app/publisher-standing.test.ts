/** What the effects that finish a pull request of ours leave alone, on the local GitHub. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EffectAction } from '../../src/core/effect-records.ts';
import { type Local, narrowOctokit, owner, repo, repoName } from '../github/local-github.ts';
import { openPull } from './publisher-kinds.ts';
import { publishingFlows } from './publishing-flows.ts';

const flows = publishingFlows();
const { plan, settle } = flows;
const at = { owner, repo };
let local: Local;

beforeAll(() => {
  local = flows.local;
});

const draftOf = async (number: number) =>
  (await local.github.snapshot(repoName)).pulls.find((one) => one.number === number)?.pull?.draft;

describe('a draft', () => {
  const drafted = async () => {
    const pull = await openPull(local);
    await local.github.as('alice').setDraft(repoName, pull.number, true);
    return pull;
  };

  it('is left as it is when something was pushed since it was checked', async () => {
    const { number, headSha, branch } = await drafted();
    const files = { 'late.txt': 'x' };
    await local.github.as('bob').commit(repoName, { branch, message: 'Late', files });

    const effect = await settle(await plan({ kind: 'ready_for_review', number, headSha }));

    expect(effect).toMatchObject({ state: 'done', outcome: { left: 'something was pushed since' } });
    expect(await draftOf(number)).toBe(true);
  });

  it('is ready whatever its head when no head is named', async () => {
    const { number } = await drafted();

    const effect = await settle(await plan({ kind: 'ready_for_review', number, headSha: null }));

    expect(effect.outcome).toEqual({
      url: expect.stringContaining(`/pull/${number}`),
      externalId: expect.any(Number),
    });
    expect(await draftOf(number)).toBe(false);
  });

  it.each([
    ['closed', 'the pull request is closed'],
    ['made ready by a person', 'it is no draft any more'],
  ])('that was %s is left alone', async (what, left) => {
    const { number } = await drafted();
    const alice = local.github.as('alice');
    await (what === 'closed' ? alice.closeIssue(repoName, number) : alice.setDraft(repoName, number, false));

    const effect = await settle(await plan({ kind: 'ready_for_review', number, headSha: null }));

    expect(effect).toMatchObject({ state: 'done', outcome: { left } });
  });

  it('that is gone is no failure', async () => {
    const effect = await settle(await plan({ kind: 'ready_for_review', number: 99_999, headSha: null }));

    expect(effect).toMatchObject({ state: 'done', outcome: { left: 'the pull request is gone' } });
  });
});

describe('failed jobs', () => {
  const jobs = [{ name: 'test', conclusion: 'failure', log: 'no\n' }] as const;
  const wish = { name: 'CI', branch: 'main', conclusion: 'failure', jobs } as const;

  it('are left when the run was run again already', async () => {
    const { id } = await local.github.as('alice').workflowRun(repoName, wish);
    await settle(await plan({ kind: 'rerun_failed_jobs', runId: id, attempt: 1 }));

    const effect = await settle(await plan({ kind: 'rerun_failed_jobs', runId: id, attempt: 1 }));

    expect(effect).toMatchObject({ state: 'done', outcome: { left: 'it was run again already' } });
  });

  it('of a run that is on its way are left', async () => {
    const running = { name: 'CI', branch: 'main', jobs: [{ name: 'test' }] };
    const { id } = await local.github.as('alice').workflowRun(repoName, running);

    const effect = await settle(await plan({ kind: 'rerun_failed_jobs', runId: id, attempt: 1 }));

    expect(effect.outcome).toMatchObject({ externalId: id, left: 'it still runs' });
  });

  it('are run by a token that can do nothing else', async () => {
    const { id } = await local.github.as('alice').workflowRun(repoName, wish);

    await settle(await plan({ kind: 'rerun_failed_jobs', runId: id, attempt: 1 }));

    const asked = flows.watch.sent.filter(({ path }) => path.endsWith('/access_tokens'));
    expect(asked.map(({ body }) => body)).toEqual([
      { repository_ids: [flows.repository.id], permissions: { actions: 'write' } },
    ]);
  });
});

describe('an answered thread', () => {
  it('that is resolved, or gone, is left', async () => {
    const { number } = await openPull(local);
    const bob = local.github.as('bob');
    await bob.review(repoName, number, {
      event: 'COMMENT',
      comments: [{ path: 'src/new.js', line: 2, body: 'Why?' }],
    });
    const { reviewComments } = await local.github.snapshot(repoName);
    const commentId = reviewComments.findLast((one) => one.number === number)?.id ?? 0;
    await bob.resolveThread(repoName, number, commentId);

    const resolved = await settle(await plan({ kind: 'resolve_answered', number, commentId }));
    const gone = await settle(await plan({ kind: 'resolve_answered', number, commentId: 1 }));

    expect(resolved.outcome).toMatchObject({ externalId: commentId, left: 'the thread is resolved already' });
    expect(gone.outcome).toMatchObject({ left: 'its thread is gone' });
  });
});

describe('a standard', () => {
  const proposal = (change: Partial<Extract<EffectAction, { kind: 'propose_standard' }>> = {}) =>
    ({
      kind: 'propose_standard',
      branch: `crew/standard-${randomUUID()}`,
      base: 'main',
      path: '.github/crew/standards/prices.md',
      content: '# Prices\n\nIn cents.\n',
      title: 'Propose a standard on prices',
      body: 'What the crew learned.',
      ...change,
    }) as const;

  it('is a pull request with one Verified commit of one file, also where the file exists already', async () => {
    const files = { '.github/crew/standards/prices.md': 'old\n' };
    await local.github.as('alice').commit(repoName, { branch: 'main', message: 'A standard', files });

    const effect = await settle(await plan(proposal()));

    const octokit = await narrowOctokit(local.github, { pull_requests: 'write' });
    const pull = { ...at, pull_number: effect.outcome?.number ?? 0 };
    const { data: changed } = await octokit.rest.pulls.listFiles(pull);
    const { data: commits } = await octokit.rest.pulls.listCommits(pull);
    expect(changed.map(({ filename, status }) => [filename, status])).toEqual([
      ['.github/crew/standards/prices.md', 'modified'],
    ]);
    expect(commits.map(({ commit }) => [commit.message, commit.verification?.verified])).toEqual([
      ['Propose a standard on prices', true],
    ]);
  });

  it('that the repository has word for word is not proposed', async () => {
    const content = '# The same\n';
    const files = { '.github/crew/standards/same.md': content };
    await local.github.as('alice').commit(repoName, { branch: 'main', message: 'A standard', files });
    const action = proposal({ path: '.github/crew/standards/same.md', content });

    const effect = await settle(await plan(action));

    expect(effect.outcome?.left).toBe('`.github/crew/standards/same.md` says so already');
    expect((await local.github.snapshot(repoName)).refs[`refs/heads/${action.branch}`]).toBeUndefined();
  });

  it.each([
    '.github/workflows/ci.yml',
    '.github/crew/standards/../../workflows/ci.md',
    '.github/crew/standards/deep/er.md',
    '.github/crew/standards/Upper.md',
    'prices.md',
  ])('at %s is refused', async (path) => {
    const effect = await settle(await plan(proposal({ path })));

    expect(effect).toMatchObject({ state: 'failed', error: expect.stringContaining('is no standard') });
  });

  it('that is too long for a briefing is refused', async () => {
    const effect = await settle(await plan(proposal({ content: 'x'.repeat(20_001) })));

    expect(effect).toMatchObject({ state: 'failed', error: expect.stringContaining('20001 characters') });
  });

  it('on a branch that somebody else made is refused', async () => {
    const action = proposal();
    const files = { 'mine.txt': randomUUID() };
    await local.github.as('bob').commit(repoName, { branch: action.branch, message: 'Mine', files });

    const effect = await settle(await plan(action));

    expect(effect).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('stands at another commit'),
    });
  });
});
