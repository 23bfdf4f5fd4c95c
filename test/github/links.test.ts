// Every address that stands on a page, and every one that an App gets from the API to link to, is answered.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installationOctokit, type Local, owner, repo, repoName, startLocal } from './local-github.ts';

const PAGES_MAX = 200;
const at = { owner, repo };

let local: Local;
let sha: string;
let runUrl: string;

beforeAll(async () => {
  local = await startLocal();
  const { github } = local;
  const bob = github.as('bob');
  await bob.commit(repoName, {
    branch: 'crew/issue-1',
    from: 'main',
    message: 'Add a note\n\nWith <b>more</b> to say.',
    files: { 'notes/a b#.txt': 'one\ntwo\n', 'src/cart.js': 'changed\n' },
  });
  const pull = await bob.openPull(repoName, { title: 'A note', head: 'crew/issue-1', base: 'main' });
  await github.as('tina').review(repoName, pull.number, {
    event: 'COMMENT',
    comments: [{ path: 'src/cart.js', line: 1, body: 'Why?' }],
  });
  sha = (await github.snapshot(repoName)).refs['refs/heads/crew/issue-1'] ?? '';
  const octokit = await installationOctokit(github);
  const { data: run } = await octokit.rest.checks.create({
    ...at,
    name: 'crew',
    head_sha: sha,
    conclusion: 'failure',
    output: {
      title: 'One check failed',
      summary: '**npm test** failed <script>alert(1)</script>',
      annotations: [
        {
          path: 'src/cart.js',
          start_line: 1,
          end_line: 1,
          annotation_level: 'failure',
          message: 'no <i>cart</i>',
        },
      ],
    },
  });
  runUrl = run.html_url ?? '';
  const { data: commit } = await octokit.rest.repos.getCommit({ ...at, ref: sha });
  const { data: file } = await octokit.rest.repos.getContent({ ...at, path: 'notes', ref: 'crew/issue-1' });
  const files = (Array.isArray(file) ? file : [file]).map((one) => one.html_url);
  const repoUrl = `${github.url}/${repoName}`;
  const links = [
    commit.html_url,
    runUrl,
    `${repoUrl}/tree/crew/issue-1`,
    `${repoUrl}/commit/${sha.slice(0, 7)}`,
    ...files,
  ];
  await octokit.rest.issues.createComment({
    ...at,
    issue_number: pull.number,
    body: links.map((link) => `- <${link}>`).join('\n'),
  });
});
afterAll(() => local.stop());

const get = async (url: string): Promise<{ status: number; text: string }> => {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
};

it('answers every address on every page that can be reached, with the place that it names', async () => {
  const seen = new Map<string, string>();
  const broken: string[] = [];
  const waiting = [`${local.github.url}/`];
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    const [page = '', place = ''] = url.split('#');
    if (!seen.has(page)) {
      const { status, text } = await get(page);
      seen.set(page, text);
      if (status !== 200) broken.push(`${status} ${page}`);
      const links = [...text.matchAll(/(?:href|src)="([^"]+)"/g)].map(
        (match) => match[1]?.replaceAll('&amp;', '&') ?? '',
      );
      waiting.push(
        ...links.map((link) => new URL(link, page).href).filter((link) => link.startsWith(local.github.url)),
      );
    }
    if (place !== '' && !seen.get(page)?.includes(`id="${place}"`)) broken.push(`no place ${url}`);
    if (seen.size > PAGES_MAX) throw new Error(`more than ${PAGES_MAX} pages`);
  }

  expect(broken).toEqual([]);
  for (const part of [
    `/commit/${sha}`,
    '/tree/crew/issue-1',
    '/blob/crew/issue-1/notes/a%20b%23.txt',
    '/runs/',
  ]) {
    expect([...seen.keys()].some((url) => url.includes(part))).toBe(true);
  }
});

it('shows a commit with message, author and diff, and a check run with summary and annotations', async () => {
  const commit = await get(`${local.github.url}/${repoName}/commit/${sha}`);
  const run = await get(runUrl);
  const blob = await get(`${local.github.url}/${repoName}/blob/crew/issue-1/notes/a%20b%23.txt`);

  for (const text of [
    'Add a note',
    'With &lt;b&gt;more&lt;/b&gt; to say.',
    'bob',
    'notes/a b#.txt',
    '+two',
  ]) {
    expect(commit.text).toContain(text);
  }
  for (const text of [
    'One check failed',
    '<strong>npm test</strong>',
    'no &lt;i&gt;cart&lt;/i&gt;',
    'line 1',
  ]) {
    expect(run.text).toContain(text);
  }
  expect(run.text).not.toContain('<script');
  expect(blob.text).toContain('id="L2"');
});

it.each([
  'commit/ffffffffffffffffffffffffffffffffffffffff',
  'runs/999999',
  'tree/no-such-branch',
  'tree/main/no/folder',
  'blob/main/no-file.txt',
  'blob/main/src',
  'tree/--help',
])('answers 404 for %s', async (path) => {
  expect((await get(`${local.github.url}/${repoName}/${path}`)).status).toBe(404);
});
