// Forks and the pull requests that come from them, as the App sees them.
import { simpleGit } from 'simple-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  app,
  installationOctokit,
  installationToken,
  type Local,
  owner,
  personOctokit,
  repo,
  repoName,
  startLocal,
} from './local-github.ts';

const MERCI = 'merci';
/** The description says that the head always has a repository; GitHub answers null for a deleted one, and its webhooks' schema allows it. */
const DELETED_FORK = /^\/head\/repo must be object/;
const FORK = `${MERCI}/${repo}`;

let local: Local;
beforeAll(async () => {
  // Nobody listens there: what would be sent is looked at in the outbox.
  local = await startLocal({ app: { ...app, webhookUrl: 'http://127.0.0.1:9/' } });
});
afterAll(async () => {
  const unexpected = local.github.violations().filter(({ problem }) => !DELETED_FORK.test(problem));
  expect(unexpected).toEqual([]);
  await local.stop();
});

/** A pull request of one commit on a branch of its own, from the fork of `login`. */
async function openFromFork(branch: string, login = MERCI): Promise<{ number: number; sha: string }> {
  const person = local.github.as(login);
  const fork = await person.fork(repoName);
  const files = { [`${branch}.txt`]: 'one\ntwo\n' };
  const sha = await person.commit(fork, { branch, from: 'main', message: `Add ${branch}`, files });
  const wanted = { title: `Add ${branch}`, head: `${login}:${branch}`, base: 'main' };
  return { number: (await person.openPull(repoName, wanted)).number, sha };
}

function sent(action: string, number: number): readonly Record<string, unknown>[] {
  return local.github
    .deliveries()
    .filter((one) => one.event === 'pull_request' && one.action === action)
    .map((one) => JSON.parse(one.payload))
    .filter((payload) => payload.number === number);
}

async function isCrossRepository(number: number): Promise<boolean> {
  const octokit = await installationOctokit(local.github);
  const query = `query($number: Int!) {
    repository(owner: "${owner}", name: "${repo}") { pullRequest(number: $number) { isCrossRepository } }
  }`;
  const answer = await octokit.graphql<{
    repository: { pullRequest: { isCrossRepository: boolean } };
  }>(query, { number });
  return answer.repository.pullRequest.isCrossRepository;
}

describe('a fork', () => {
  it('is a repository of the person’s own that names its parent, and there is one', async () => {
    const person = local.github.as(MERCI);

    expect([await person.fork(repoName), await person.fork(repoName)]).toEqual([FORK, FORK]);

    const octokit = await personOctokit(local.github, MERCI);
    const { data } = await octokit.rest.repos.get({ owner: MERCI, repo });
    expect(data).toMatchObject({ full_name: FORK, fork: true, parent: { full_name: repoName } });
    const parent = await octokit.rest.repos.get({ owner, repo });
    expect(parent.data).toMatchObject({ fork: false, forks_count: 1 });
  });

  it('is out of reach for the tokens of the App that is installed on its parent', async () => {
    await local.github.as(MERCI).fork(repoName);
    const octokit = await installationOctokit(local.github);

    await expect(octokit.rest.repos.get({ owner: MERCI, repo })).rejects.toMatchObject({ status: 404 });
    await expect(installationToken(local.github, { repositories: [FORK] })).rejects.toMatchObject({
      status: 422,
    });
  });
});

describe('a pull request from a fork', () => {
  it('names where it comes from, and is told of as one of the base', async () => {
    const { number, sha } = await openFromFork('named');
    const octokit = await installationOctokit(local.github);

    const { data } = await octokit.rest.pulls.get({ owner, repo, pull_number: number });

    const head = { label: `${MERCI}:named`, ref: 'named', sha, repo: { full_name: FORK, fork: true } };
    const from = { head, base: { label: `${owner}:main`, repo: { full_name: repoName } } };
    expect(data).toMatchObject({ ...from, maintainer_can_modify: true, changed_files: 1, mergeable: true });
    expect(await isCrossRepository(number)).toBe(true);
    expect(sent('opened', number)).toMatchObject([
      { pull_request: from, repository: { full_name: repoName }, sender: { login: MERCI } },
    ]);
    const listed = await octokit.rest.pulls.list({ owner, repo, head: `${MERCI}:named` });
    expect(listed.data.map((one) => one.number)).toEqual([number]);
  });

  it('has its commits in the base repository, for git with the base’s token', async () => {
    const { number, sha } = await openFromFork('fetched');
    const token = await installationToken(local.github, { permissions: { contents: 'read' } });
    const base = new URL(`${local.github.url}/${repoName}.git`);
    base.username = 'x-access-token';
    base.password = token;

    const advertised = await simpleGit().listRemote([base.href, `refs/pull/${number}/head`]);

    expect(advertised).toBe(`${sha}\trefs/pull/${number}/head\n`);
  });

  it('follows what is pushed to the fork, and nothing that is pushed to a branch of that name in the base', async () => {
    const { number, sha } = await openFromFork('followed');
    const bob = local.github.as('bob');
    await bob.commit(repoName, { branch: 'followed', from: 'main', message: 'Not his', files: { b: 'b\n' } });

    const files = { 'followed.txt': 'one\ntwo\nthree\n' };
    const after = await local.github.as(MERCI).commit(FORK, { branch: 'followed', message: 'More', files });

    expect(sent('synchronize', number)).toMatchObject([
      { before: sha, after, pull_request: { additions: 3 } },
    ]);
    const { refs } = await local.github.snapshot(repoName);
    expect(refs[`refs/pull/${number}/head`]).toBe(after);
  });

  it('is named by no check on its head, as on GitHub', async () => {
    const { sha } = await openFromFork('checked');
    const octokit = await installationOctokit(local.github);

    const { data } = await octokit.rest.checks.create({ owner, repo, name: 'crew', head_sha: sha });

    expect(data.pull_requests).toEqual([]);
  });

  it('stays open, of an unknown repository, when the fork is deleted', async () => {
    const { number } = await openFromFork('left', 'noor');
    const octokit = await installationOctokit(local.github);

    await local.github.as('noor').deleteRepository(`noor/${repo}`);

    const { data } = await octokit.rest.pulls.get({ owner, repo, pull_number: number });
    expect(data).toMatchObject({ state: 'open', head: { label: 'noor:left', repo: null } });
    expect(await isCrossRepository(number)).toBe(true);
    await local.github.as('rita').openIssue(repoName, { title: 'Where is it?' });
  });

  it('is closed when its branch is deleted there', async () => {
    const { number } = await openFromFork('dropped');

    await local.github.as(MERCI).deleteBranch(FORK, 'dropped');

    expect(sent('closed', number)).toHaveLength(1);
  });

  it('can be merged', async () => {
    const { number, sha } = await openFromFork('merged');

    await local.github.as('bob').mergePull(repoName, number);

    const octokit = await personOctokit(local.github, 'bob');
    const { data } = await octokit.rest.repos.getCommit({ owner, repo, ref: 'main' });
    expect(data.parents.map((parent) => parent.sha)).toContain(sha);
    expect(data.commit.message).toContain(`Merge pull request #${number} from ${MERCI}/merged`);
  });

  it('is opened only by who can push to the fork', async () => {
    await openFromFork('guarded');
    const wanted = { title: 'Not mine', head: `${MERCI}:guarded`, base: 'main' };

    await expect(local.github.as('rita').openPull(repoName, wanted)).rejects.toMatchObject({ status: 422 });
  });
});
