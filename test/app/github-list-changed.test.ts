import nock from 'nock';
import { beforeEach, expect, it } from 'vitest';
import { createItemLister, ITEMS_PER_PAGE, type ItemLister } from '../../src/app/github/list-changed.ts';
import { repository } from '../support/records.ts';
import { API_URL, testClients } from './github-parts.ts';
import { REPO, stubbedGitHub } from './stubbed-github.ts';

const SINCE = '2026-01-10T12:00:00Z';
const github = stubbedGitHub();
const { stub } = github;
let lister: ItemLister;

beforeEach(() => {
  lister = createItemLister(testClients({ fetch: github.watch.fetch }));
});

const listed = (number: number, change: object = {}) => ({
  number,
  title: 'Press',
  body: null,
  state: 'open',
  labels: [{ name: 'crew' }, 'old'],
  user: { login: 'ines', type: 'User' },
  created_at: SINCE,
  updated_at: SINCE,
  ...change,
});
const question = {
  state: 'all',
  sort: 'updated',
  direction: 'asc',
  since: SINCE,
  per_page: ITEMS_PER_PAGE,
  page: 1,
};
const happening = (id: number, change: object = {}) => ({
  id,
  event: 'labeled',
  actor: { login: 'ines', type: 'User' },
  label: { name: 'crew' },
  created_at: SINCE,
  ...change,
});

it('lists issues and pull requests that changed, and asks for them again only if they did', async () => {
  const items = [listed(1), listed(2, { pull_request: {}, user: null, state: 'closed' })];
  stub().get(`${REPO}/issues`).query(question).reply(200, items, { etag: '"a"' });
  const first = await lister.changed(repository, SINCE, 1);
  stub().get(`${REPO}/issues`).query(question).matchHeader('if-none-match', '"a"').reply(304);

  expect(first).toMatchObject([
    {
      number: 1,
      isPull: false,
      body: '',
      open: true,
      labels: ['crew', 'old'],
      author: { login: 'ines', isBot: false },
    },
    { number: 2, isPull: true, open: false, author: null },
  ]);
  expect(await lister.changed(repository, SINCE, 1)).toEqual(first);
});

it('asks without a tag for another time', async () => {
  stub()
    .get(`${REPO}/issues`)
    .query(question)
    .reply(200, [listed(1)], { etag: '"a"' });
  await lister.changed(repository, SINCE, 1);
  const since = '2026-01-10T13:00:00Z';
  nock(API_URL, { badheaders: ['if-none-match'] })
    .get(`${REPO}/issues`)
    .query({ ...question, since })
    .reply(200, []);

  expect(await lister.changed(repository, since, 1)).toEqual([]);
});

it('reads the beginning and the end of a long history', async () => {
  const pages = (page: number) => stub().get(`${REPO}/issues/4/events`).query({ per_page: 100, page });
  const link = `<https://api.github.test${REPO}/issues/4/events?page=9>; rel="last"`;
  pages(1).reply(200, [happening(1)], { link });
  pages(8).reply(200, [happening(8, { actor: null })]);
  pages(9).reply(200, [happening(9, { event: 'closed', label: undefined })]);

  expect(await lister.history(repository, 4)).toEqual([
    { id: 1, what: 'labeled', actor: { login: 'ines', isBot: false }, label: 'crew', at: SINCE },
    { id: 8, what: 'labeled', actor: null, label: 'crew', at: SINCE },
    { id: 9, what: 'closed', actor: { login: 'ines', isBot: false }, label: null, at: SINCE },
  ]);
});
