// The faults it can be told to have, rate limits and conditional requests.

import type { Octokit } from '@octokit/rest';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { installationOctokit, type Local, owner, repo, repoName, startLocal } from './local-github.ts';

let local: Local;
let octokit: Octokit;
let issue: { owner: string; repo: string; issue_number: number };
beforeAll(async () => {
  local = await startLocal();
  octokit = await installationOctokit(local.github);
  const { number } = await local.github.as('alice').openIssue(repoName, { title: 'One' });
  issue = { owner, repo, issue_number: number };
});
afterEach(() => local.github.setFaults([]));
afterAll(() => local.stop());

const comment = (body: string) => octokit.rest.issues.createComment({ ...issue, body });
const bodies = async (): Promise<string[]> =>
  (await local.github.snapshot(repoName)).comments.map((one) => one.body);

describe('faults', () => {
  it('fails before the effect, for as many requests as told', async () => {
    local.github.setFaults([{ kind: 'error', status: 503, method: 'POST', path: '/comments$', times: 1 }]);

    await expect(comment('never')).rejects.toMatchObject({ status: 503 });
    expect(await bodies()).not.toContain('never');
    expect((await comment('then')).status).toBe(201);
  });

  it('commits and then loses the answer', async () => {
    local.github.setFaults([{ kind: 'lost-answer', path: '/comments$', times: 1 }]);

    await expect(comment('lost answer')).rejects.toMatchObject({ status: 502 });
    expect(await bodies()).toContain('lost answer');
  });

  it.each([[true], [false]])('resets the connection, after the effect: %s', async (afterEffect) => {
    local.github.setFaults([{ kind: 'reset', path: '/comments$', afterEffect, times: 1 }]);

    await expect(comment(`reset ${afterEffect}`)).rejects.toMatchObject({ status: 500 });
    expect((await bodies()).includes(`reset ${afterEffect}`)).toBe(afterEffect);
  });

  it('limits with retry-after', async () => {
    local.github.setFaults([{ kind: 'limited', status: 429, retryAfterSeconds: 7, times: 1 }]);

    await expect(comment('x')).rejects.toMatchObject({
      status: 429,
      response: { headers: { 'retry-after': '7' } },
    });
  });

  it('lets reads lag behind writes', async () => {
    const { data } = await comment('fresh');
    const read = () => octokit.rest.issues.getComment({ owner, repo, comment_id: data.id });
    local.github.setFaults([{ kind: 'lag', lagMs: 30_000, times: 1 }]);

    await expect(read()).rejects.toMatchObject({ status: 404 });
    expect((await read()).data.body).toBe('fresh');
  });

  it('lets queries of GraphQL lag behind writes, and counts what lagged', async () => {
    const branch = 'fresh';
    await local.github
      .as('alice')
      .commit(repoName, { branch, message: 'Change', files: { 'new.js': '1\n' } });
    const pull = await local.github
      .as('alice')
      .openPull(repoName, { title: 'Change', head: branch, base: 'main' });
    const query = `{ repository(owner: "${owner}", name: "${repo}") { pullRequest(number: ${pull.number}) { id } } }`;
    const read = () => octokit.graphql(query);
    local.github.setFaults([{ kind: 'lag', lagMs: 30_000, times: 2 }]);

    await expect(read()).rejects.toThrow(/Could not resolve/);
    const before = local.github.harm();
    await expect(read()).rejects.toThrow(/Could not resolve/);
    expect(local.github.harm()).toEqual({ ...before, laggingReads: before.laggingReads + 1 });
    expect(await read()).toMatchObject({ repository: { pullRequest: { id: expect.any(String) } } });
  });

  it('counts answers that were lost of what was done, and of nothing else', async () => {
    const { lostAnswers } = local.github.harm();
    local.github.setFaults([{ kind: 'lost-answer', times: 2 }]);

    await expect(comment('done')).rejects.toMatchObject({ status: 502 });
    await expect(
      octokit.rest.issues.createComment({ owner, repo, issue_number: 999_999, body: 'x' }),
    ).rejects.toMatchObject({ status: 502 });

    expect(local.github.harm().lostAnswers).toBe(lostAnswers + 1);
  });

  it('strikes by a seeded chance that repeats', async () => {
    const run = async (): Promise<boolean[]> => {
      local.github.setFaults([{ kind: 'error', path: '^/zen$', probability: 0.5 }], 42);
      const struck: boolean[] = [];
      for (let round = 0; round < 12; round += 1) {
        struck.push((await fetch(`${local.github.apiUrl}/zen`)).status === 502);
      }
      return struck;
    };

    const first = await run();
    expect(new Set(first).size).toBe(2);
    expect(await run()).toEqual(first);
  });

  it('takes faults over HTTP', async () => {
    const faults = [{ kind: 'error', path: '^/zen$', times: 1 }];
    const set = await fetch(`${local.github.url}/_crew/faults`, {
      method: 'POST',
      body: JSON.stringify({ faults }),
    });

    expect(set.status).toBe(200);
    expect((await fetch(`${local.github.apiUrl}/zen`)).status).toBe(502);
    expect((await fetch(`${local.github.apiUrl}/zen`)).status).toBe(200);
  });
});

describe('rate limits', () => {
  it('ends the primary limit with 403 and does not count a 304', async () => {
    const tight = await startLocal({ rateLimits: { perHour: 3 } });
    const limited = await installationOctokit(tight.github);
    const first = await limited.rest.repos.get({ owner, repo });
    const etag = first.headers.etag ?? '';
    for (let round = 0; round < 5; round += 1) {
      await expect(
        limited.request('GET /repos/{owner}/{repo}', { owner, repo, headers: { 'if-none-match': etag } }),
      ).rejects.toMatchObject({ status: 304 });
    }
    await limited.rest.repos.get({ owner, repo });
    await limited.rest.repos.get({ owner, repo });

    await expect(limited.rest.repos.get({ owner, repo })).rejects.toMatchObject({
      status: 403,
      response: { headers: { 'x-ratelimit-remaining': '0' } },
    });
    await tight.stop();
  });

  it('ends content creation after so many in a minute, and opens again', async () => {
    let now = Date.now();
    const tight = await startLocal({ rateLimits: { contentPerMinute: 2 }, clock: () => new Date(now) });
    const limited = await installationOctokit(tight.github);
    const open = () => limited.rest.issues.create({ owner, repo, title: 'x' });
    await open();
    await open();

    await expect(open()).rejects.toMatchObject({
      status: 403,
      response: { headers: { 'retry-after': '60' } },
    });
    now += 61_000;
    expect((await open()).status).toBe(201);
    await tight.stop();
  });
});

describe('pagination', () => {
  it('links its pages and holds at most 100 in one', async () => {
    for (let round = 0; round < 7; round += 1)
      await local.github.as('alice').comment(repoName, issue.issue_number, `n${round}`);

    const page = await octokit.rest.issues.listComments({ ...issue, per_page: 5 });
    expect(page.data).toHaveLength(5);
    expect(page.headers.link).toMatch(/page=2>; rel="next".*rel="last"/);
    const all = await octokit.paginate(octokit.rest.issues.listComments, { ...issue, per_page: 2 });
    expect(all.map((one) => one.body)).toEqual(await bodies());
  });
});
