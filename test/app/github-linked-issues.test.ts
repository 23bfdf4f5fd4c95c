import { describe, expect, it } from 'vitest';
import { repository } from '../support/records.ts';
import { REPO } from './stubbed-github.ts';
import { stubbedReader } from './stubbed-reader.ts';

const [BEFORE, ASKED, AFTER] = [
  '2026-01-01T09:59:59Z',
  '2026-01-01T10:00:00Z',
  '2026-01-01T10:00:01Z',
] as const;
const { github, log, reader } = stubbedReader(ASKED);
const { stub } = github;

const end = (sha: string) => ({ ref: 'main', sha, repo: { id: 1 } });
const issue = (number: number, login: string, change: object = {}) => ({
  number,
  title: `Issue ${number}`,
  body: null,
  updated_at: AFTER,
  user: { login, type: 'User' },
  ...change,
});
const willAnswer = (number: number, status: number, body: object) =>
  stub().get(`${REPO}/issues/${number}`).reply(status, body);
const may = (login: string, permission: string) =>
  stub().get(`${REPO}/collaborators/${login}/permission`).reply(200, { permission });
const lookUps = () => github.watch.sent.filter(({ path }) => path.endsWith('/permission'));
const asked = () => github.watch.sent.filter(({ path }) => path === '/graphql');

/** Its author may write, `stranger` may not. */
function pullThatSays(body: string): void {
  const branches = { head: end('b'.repeat(40)), base: end('a'.repeat(40)) };
  stub()
    .get(`${REPO}/pulls/13`)
    .reply(200, { ...issue(13, 'mona', { body }), ...branches });
  stub().get(`${REPO}/issues/13/comments?per_page=100&page=1`).reply(200, []);
  may('mona', 'write');
  may('stranger', 'read');
}

/** What GraphQL knows of an issue. */
function willTell(times: {
  readonly createdAt?: string;
  readonly lastEditedAt?: string;
  readonly renamed?: string;
}) {
  const { createdAt = BEFORE, lastEditedAt = null, renamed } = times;
  const timelineItems = { nodes: renamed === undefined ? [] : [{ createdAt: renamed }] };
  const told = { title: 'As it was', body: 'It breaks.', createdAt, lastEditedAt, timelineItems };
  stub()
    .post('/graphql')
    .reply(200, { data: { repository: { issue: told } } });
}

describe('the issues that a pull request closes', () => {
  it('come with it, without those that are gone, moved, elsewhere or pull requests', async () => {
    pullThatSays('Closes #1, closes #2, fixes #3, fixes #4, resolves #5, closes o/r#6');
    willAnswer(1, 200, issue(1, 'stranger', { body: 'It breaks.' }));
    willAnswer(2, 404, { message: 'Not Found' });
    willAnswer(3, 410, { message: 'This issue was deleted' });
    willAnswer(4, 200, issue(4, 'mona', { pull_request: { url: 'https://api.github.test/x' } }));
    willAnswer(5, 200, issue(55, 'mona'));

    const { linkedIssues } = await reader().pullRequest(repository, 13);

    expect(linkedIssues).toEqual([
      { number: 1, title: 'Issue 1', body: 'It breaks.', author: 'stranger', authorIsWriter: false },
    ]);
    expect(lookUps()).toHaveLength(2);
    expect(asked()).toEqual([]);
  });

  it.each([
    ['was written', { createdAt: AFTER }],
    ['was edited', { lastEditedAt: AFTER }],
    ['was edited in the same second', { lastEditedAt: ASKED }],
    ['was renamed', { renamed: AFTER }],
    ['was renamed in the same second', { lastEditedAt: BEFORE, renamed: ASKED }],
    ['changed nobody knows when', { lastEditedAt: '' }],
  ])("are not heard of a stranger's that %s since the work was asked for", async (_, times) => {
    pullThatSays('Closes #1');
    willAnswer(1, 200, issue(1, 'stranger'));
    willTell(times);

    const pull = await reader().pullRequest(repository, 13, ASKED);

    expect(pull).toMatchObject({ linkedIssues: [], issuesLeftOut: [1] });
    expect(log).toMatchObject([{ level: 'info', fields: { issues: [1] } }]);
  });

  it('are heard as they were told when they were found unchanged, whatever others did to them since', async () => {
    pullThatSays('Closes #1');
    willAnswer(1, 200, issue(1, 'stranger', { body: 'Changed between two answers.' }));
    willTell({ lastEditedAt: BEFORE, renamed: BEFORE });

    const pull = await reader().pullRequest(repository, 13, ASKED);

    const told = { number: 1, title: 'As it was', body: 'It breaks.' };
    expect(pull.linkedIssues).toEqual([{ ...told, author: 'stranger', authorIsWriter: false }]);
    expect(pull.issuesLeftOut).toBeUndefined();
  });

  it("are heard without a question where nothing was done to a stranger's since, and where they are a writer's", async () => {
    pullThatSays('Closes #1, closes #2');
    willAnswer(1, 200, issue(1, 'stranger', { updated_at: BEFORE }));
    willAnswer(2, 200, issue(2, 'mona'));

    const { linkedIssues } = await reader().pullRequest(repository, 13, ASKED);

    expect(linkedIssues.map(({ number }) => number)).toEqual([1, 2]);
    expect(asked()).toEqual([]);
  });

  it("are a writer's alone where nobody knows when the work was asked for", async () => {
    pullThatSays('Closes #1, closes #2');
    willAnswer(1, 200, issue(1, 'stranger', { updated_at: BEFORE }));
    willAnswer(2, 200, issue(2, 'mona'));

    const pull = await reader().pullRequest(repository, 13, null);

    expect(pull.linkedIssues.map(({ number }) => number)).toEqual([2]);
    expect(pull.issuesLeftOut).toEqual([1]);
  });

  it('are left out when they are gone by the second look, and asked for again when GitHub is in trouble', async () => {
    pullThatSays('Closes #1');
    willAnswer(1, 200, issue(1, 'stranger'));
    stub()
      .post('/graphql')
      .reply(200, {
        data: { repository: null },
        errors: [{ type: 'NOT_FOUND', message: 'Could not resolve' }],
      });

    expect(await reader().pullRequest(repository, 13, ASKED)).toMatchObject({ issuesLeftOut: [1] });

    pullThatSays('Closes #1');
    willAnswer(1, 200, issue(1, 'stranger'));
    stub()
      .post('/graphql')
      .reply(200, { data: { repository: { issue: { title: 'half an answer' } } } });

    await expect(reader().pullRequest(repository, 13, ASKED)).rejects.toMatchObject({
      name: 'TransientError',
    });
  });
});
