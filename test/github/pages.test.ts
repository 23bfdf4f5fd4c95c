// The pages for people: what they show, and that nothing an author writes becomes markup of the page.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Local, repoName, startLocal } from './local-github.ts';

let local: Local;
let number: number;
let pull: number;
beforeAll(async () => {
  local = await startLocal();
  const { github } = local;
  number = (
    await github.as('rita').openIssue(repoName, {
      title: '<script>alert(1)</script>',
      body: '# Steps\n<!-- hidden marker --><script>alert(2)</script><img src=x onerror="alert(3)">\n<details><summary>More</summary>deep</details>\n\n[x](javascript:alert(4))',
    })
  ).number;
  await github.as('bob').react(repoName, { issue: number }, 'eyes');
  await github
    .as('bob')
    .commit(repoName, { branch: 'b', from: 'main', message: 'B', files: { 'b.txt': 'one\ntwo <b>\n' } });
  pull = (await github.as('bob').openPull(repoName, { title: 'B', head: 'b', base: 'main', draft: true }))
    .number;
  await github.as('tina').review(repoName, pull, {
    event: 'COMMENT',
    comments: [{ path: 'b.txt', line: 2, body: 'Why **bold**?' }],
  });
});
afterAll(() => local.stop());

const get = async (path: string): Promise<{ text: string; headers: Headers; status: number }> => {
  const response = await fetch(`${local.github.url}${path}`);
  return { text: await response.text(), headers: response.headers, status: response.status };
};

it('shows an issue with its Markdown, and none of its scripts or hidden comments', async () => {
  const { text, headers } = await get(`/${repoName}/issues/${number}`);

  expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(text).toContain('<h1>Steps</h1>');
  expect(text).toContain('<details><summary>More</summary>');
  expect(text).toContain('👀');
  for (const bad of ['hidden marker', '<script', 'onerror', 'javascript:']) expect(text).not.toContain(bad);
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
});

it('shows a pull request with its review comment under its line', async () => {
  const { text } = await get(`/${repoName}/pull/${pull}/files`);

  expect(text).toContain('+two &lt;b&gt;');
  expect(text.indexOf('Why <strong>bold</strong>?')).toBeGreaterThan(text.indexOf('+two'));
  expect((await get(`/${repoName}/pull/${pull}`)).text).toContain('Why <strong>bold</strong>?');
});

it.each([
  '/',
  `/${repoName}`,
  `/${repoName}/issues`,
  `/${repoName}/pulls`,
  '/_crew/style.css',
  '/_crew/avatar/rita.svg',
])('answers %s', async (path) => {
  expect((await get(path)).status).toBe(200);
});

it('answers 404 for what is not there', async () => {
  expect((await get(`/${repoName}/issues/999`)).status).toBe(404);
  expect((await get('/no/where')).status).toBe(404);
});
