import { beforeEach, describe, expect, it } from 'vitest';
import { createEtagCache } from '../../src/app/github/etag-cache.ts';
import { FileTooLargeError } from '../../src/app/github/file-too-large.ts';
import { createReader } from '../../src/app/github/reader.ts';
import { TransientError } from '../../src/core/errors.ts';
import type { GitHubReader } from '../../src/core/github-ports.ts';
import { repository } from '../support/records.ts';
import { silentLog } from '../support/silent-log.ts';
import { testClients } from './github-parts.ts';
import { REPO, stubbedGitHub } from './stubbed-github.ts';

const HUMAN = 'User';
const github = stubbedGitHub();
const { stub } = github;
let reader: GitHubReader;

beforeEach(() => {
  reader = createReader(testClients({ fetch: github.watch.fetch }), silentLog);
});

const permission = (login: string, answer: object) =>
  stub().get(`${REPO}/collaborators/${login}/permission`).reply(200, answer);
const comment = (id: number, login: string, change: object = {}) => ({
  id,
  html_url: `https://github.test/c/${id}`,
  body: `comment ${id}`,
  created_at: `2026-01-0${id}T00:00:00Z`,
  user: { login, type: HUMAN },
  ...change,
});
const issue = { number: 12, title: 'Favourites first', body: null, user: { login: 'mona', type: HUMAN } };

it('reads with a token that can write nothing', async () => {
  permission('mona', { permission: 'read', role_name: 'read' });

  await reader.permission(repository, 'mona');

  expect(github.watch.sent[0]?.body).toEqual({
    repository_ids: [1],
    permissions: { contents: 'read', issues: 'read', metadata: 'read', pull_requests: 'read' },
  });
});

describe('a person’s permission', () => {
  it.each([
    [{ permission: 'write', role_name: 'maintain' }, 'maintain'],
    [{ permission: 'read', role_name: 'triage' }, 'triage'],
    [{ permission: 'admin', role_name: 'admin' }, 'admin'],
    [{ permission: 'write', role_name: 'release captain' }, 'write'],
    [{ permission: 'write' }, 'write'],
    [{ permission: 'omnipotent', role_name: 'omnipotent' }, 'none'],
  ])('%o is %s', async (answer, expected) => {
    permission('mona', answer);

    expect(await reader.permission(repository, 'mona')).toBe(expected);
  });

  it('is none for someone GitHub does not know', async () => {
    stub().get(`${REPO}/collaborators/nobody/permission`).reply(404, { message: 'nobody is not a user' });

    expect(await reader.permission(repository, 'nobody')).toBe('none');
  });

  it.each(['', '../../orgs', 'a/b', 'x?y'])(
    'is none for %o, which is no login, without asking',
    async (login) => {
      expect(await reader.permission(repository, login)).toBe('none');
      expect(github.watch.sent).toEqual([]);
    },
  );

  it('is not guessed when GitHub fails', async () => {
    stub().get(`${REPO}/collaborators/mona/permission`).times(3).reply(500, { message: 'oops' });

    await expect(reader.permission(repository, 'mona')).rejects.toThrow(TransientError);
  });

  it('is not guessed when the answer is something else', async () => {
    stub()
      .get(`${REPO}/collaborators/mona/permission`)
      .reply(200, '<html>Sign in</html>', { 'content-type': 'text/html' });

    await expect(reader.permission(repository, 'mona')).rejects.toThrow(TransientError);
  });
});

describe('a file', () => {
  const PATH = `${REPO}/contents/.github%2Fcrew.yml`;
  const raw = { 'content-type': 'application/vnd.github.raw+json; charset=utf-8' };

  it('comes as text, and a second time from memory when GitHub says that it did not change', async () => {
    stub()
      .get(PATH)
      .reply(200, 'roles: [qa] # ä\n', { ...raw, etag: '"one"' });
    stub().get(PATH).matchHeader('if-none-match', '"one"').reply(304);

    const texts = [
      await reader.file(repository, '.github/crew.yml'),
      await reader.file(repository, '.github/crew.yml'),
    ];

    expect(texts).toEqual(['roles: [qa] # ä\n', 'roles: [qa] # ä\n']);
    expect(github.watch.sent.filter(({ method }) => method === 'GET')).toHaveLength(2);
  });

  it('is null when it is not there, or a directory', async () => {
    stub().get(PATH).reply(404, { message: 'Not Found' });
    stub()
      .get(PATH)
      .reply(200, [{ type: 'file', name: 'x' }]);

    expect(await reader.file(repository, '.github/crew.yml')).toBeNull();
    expect(await reader.file(repository, '.github/crew.yml')).toBeNull();
  });

  it('that is too large is the repository’s to mend', async () => {
    stub().get(PATH).reply(200, 'x'.repeat(262_145), raw);

    const reading = reader.file(repository, '.github/crew.yml');

    await expect(reading).rejects.toThrow(FileTooLargeError);
    await expect(reading).rejects.toThrow('.github/crew.yml has 262145 bytes; at most 262144 are read');
  });

  it('that is larger than any answer that we read is too large as well', async () => {
    const fetch: typeof globalThis.fetch = async (input, init) =>
      String(input).includes('/contents/')
        ? new Response('x'.repeat(16 * 1024 * 1024 + 1), { headers: raw })
        : github.watch.fetch(input, init);

    const reading = createReader(testClients({ fetch }), silentLog).file(repository, '.github/crew.yml');

    await expect(reading).rejects.toThrow(FileTooLargeError);
  });
});

describe('an issue', () => {
  it('comes with comments by writers only, oldest first, asking once for each person', async () => {
    stub().get(`${REPO}/issues/12`).reply(200, issue);
    stub()
      .get(`${REPO}/issues/12/comments?per_page=100&page=1`)
      .reply(200, [
        comment(1, 'mona'),
        comment(2, 'stranger'),
        comment(3, 'crew[bot]', { user: { login: 'crew[bot]', type: 'Bot' } }),
        comment(4, 'mona', { performed_via_github_app: { id: 42 } }),
        comment(5, 'ghost', { user: null }),
        comment(6, 'hubot', { user: { login: 'hubot', type: 'Bot' } }),
        comment(7, 'mona'),
      ]);
    permission('mona', { permission: 'write', role_name: 'write' });
    permission('stranger', { permission: 'read', role_name: 'triage' });

    const snapshot = await reader.issue(repository, 12);

    expect(snapshot).toEqual({
      number: 12,
      title: 'Favourites first',
      body: '',
      author: 'mona',
      authorIsWriter: true,
      comments: [
        { author: 'mona', body: 'comment 1', createdAt: '2026-01-01T00:00:00Z' },
        { author: 'mona', body: 'comment 7', createdAt: '2026-01-07T00:00:00Z' },
      ],
    });
    expect(github.watch.sent.filter(({ path }) => path.endsWith('/permission'))).toHaveLength(2);
  });

  it('comes with no more than a hundred comments', async () => {
    stub().get(`${REPO}/issues/12`).reply(200, issue);
    const page = Array.from({ length: 100 }, () => comment(1, 'mona'));
    page[0] = comment(2, 'stranger');
    stub().get(`${REPO}/issues/12/comments?per_page=100&page=1`).reply(200, page);
    stub().get(`${REPO}/issues/12/comments?per_page=100&page=2`).reply(200, page);
    permission('mona', { permission: 'write' });
    permission('stranger', { permission: 'read' });

    const snapshot = await reader.issue(repository, 12);

    expect(snapshot.comments).toHaveLength(100);
  });

  it('that does not exist is said so', async () => {
    stub().get(`${REPO}/issues/12`).reply(404, { message: 'Not Found' });

    await expect(reader.issue(repository, 12)).rejects.toThrow('Issue #12 does not exist in acme/pantry.');
  });
});

it('tells by one request how an issue or a pull request stands now', async () => {
  const labels = [{ name: 'crew' }, { name: 'bug' }];
  const updated_at = '2026-01-01T00:00:00Z';
  stub()
    .get(`${REPO}/issues/12`)
    .reply(200, { ...issue, state: 'closed', labels, updated_at });

  stub().get(`${REPO}/issues/13`).reply(410, { message: 'This issue was deleted' });

  expect(await reader.standing(repository, 13)).toBeNull();
  expect(await reader.standing(repository, 12)).toEqual({
    open: false,
    labels: ['crew', 'bug'],
    updatedAt: updated_at,
  });
});

describe('a pull request', () => {
  const pull = (headRepo: object | null) => ({
    ...issue,
    draft: true,
    head: { ref: 'feature', sha: 'b'.repeat(40), repo: headRepo },
    base: { ref: 'main', sha: 'a'.repeat(40), repo: { id: 1 } },
  });

  it.each([
    ['this repository', { id: 1 }, false],
    ['a fork', { id: 2 }, true],
    ['a repository that was deleted', null, true],
  ])('from %s', async (_title, headRepo, fromFork) => {
    stub().get(`${REPO}/pulls/12`).reply(200, pull(headRepo));
    stub().get(`${REPO}/issues/12/comments?per_page=100&page=1`).reply(200, []);
    permission('mona', { permission: 'read' });

    const snapshot = await reader.pullRequest(repository, 12);

    expect(snapshot).toMatchObject({
      authorIsWriter: false,
      headRef: 'feature',
      headSha: 'b'.repeat(40),
      baseRef: 'main',
      baseSha: 'a'.repeat(40),
      fromFork,
      draft: true,
    });
  });
});

it('reads the head of a branch, and says which branch is missing', async () => {
  stub()
    .get(`${REPO}/git/ref/heads%2Fmain`)
    .reply(200, { object: { sha: 'c'.repeat(40) } });
  stub().get(`${REPO}/git/ref/heads%2Fgone`).reply(404, { message: 'Not Found' });

  expect(await reader.branchHead(repository, 'main')).toBe('c'.repeat(40));
  await expect(reader.branchHead(repository, 'gone')).rejects.toThrow('The branch `gone` does not exist');
});

it('reads a comment as it stands now, or that it is gone', async () => {
  stub().get(`${REPO}/issues/comments/3`).reply(200, comment(3, 'mona'));
  stub().get(`${REPO}/issues/comments/4`).reply(404, { message: 'Not Found' });

  expect(await reader.comment(repository, 3)).toEqual({ body: 'comment 3', author: 'mona' });
  expect(await reader.comment(repository, 4)).toBeNull();
});

it('keeps what was used last when its memory is full', () => {
  const cache = createEtagCache();
  for (let index = 0; index < 500; index++) cache.set(`${index}`, { etag: 'e', text: 't' });
  cache.get('0');

  cache.set('500', { etag: 'e', text: 't' });

  expect(['0', '1', '2', '500'].map((key) => cache.get(key) !== null)).toEqual([true, false, true, true]);
});
