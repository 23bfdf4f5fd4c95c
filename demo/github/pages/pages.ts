// The pages that a person looks at: repositories, issues, pull requests and their files. Server-rendered, no scripts.
import { Hono } from 'hono';
import { html } from 'hono/html';
import { readCommits } from '../commits.ts';
import { commitsLimit, filesLimit, pullFiles } from '../pull-diff.ts';
import type { IssueDoc, RepoDoc } from '../records.ts';
import { isPublished, isPull } from '../render/pulls.ts';
import { findIssue, findRepo, type World } from '../world.ts';
import { checkRunPage } from './check-run.ts';
import { blobPage, commitPage, treePage } from './code.ts';
import { conversation } from './conversation.ts';
import { fileDiff } from './diff-view.ts';
import { type Html, issueState, labelPills, layout, repoHead, verified } from './layout.ts';
import { jobPage, workflowRunPage } from './workflow-run.ts';

const policy =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function pages(world: World): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.header('content-security-policy', policy);
    c.header('x-content-type-options', 'nosniff');
  });
  app.get('/', (c) => c.html(home(world)));
  app.get('/:owner/:name', async (c) => {
    const repo = findRepo(world.store, c.req.param('owner'), c.req.param('name'));
    return repo ? c.html(await code(world, repo)) : c.notFound();
  });
  for (const kind of ['issues', 'pulls'] as const) {
    app.get(`/:owner/:name/${kind}`, (c) => {
      const repo = findRepo(world.store, c.req.param('owner'), c.req.param('name'));
      return repo ? c.html(list(world, repo, kind === 'pulls')) : c.notFound();
    });
  }
  for (const kind of ['issues', 'pull'] as const) {
    app.get(`/:owner/:name/${kind}/:number{[0-9]+}`, async (c) => {
      const { owner, name, number } = c.req.param();
      const repo = findRepo(world.store, owner ?? '', name ?? '');
      const issue = repo && findIssue(world.store, repo, Number(number));
      return repo && issue ? c.html(await conversation(world, repo, issue)) : c.notFound();
    });
  }
  app.get('/:owner/:name/pull/:number{[0-9]+}/files', async (c) => {
    const { owner, name, number } = c.req.param();
    const repo = findRepo(world.store, owner, name);
    const issue = repo && findIssue(world.store, repo, Number(number));
    return repo && issue ? c.html(await filesChanged(world, repo, issue)) : c.notFound();
  });
  for (const [pattern, page] of Object.entries(codePages)) {
    app.get(`/:owner/:name/${pattern}`, async (c) => {
      const { owner = '', name = '', place = '' }: Readonly<Record<string, string>> = c.req.param();
      const repo = findRepo(world.store, owner, name);
      const found = repo && (await page(world, repo, place));
      return found ? c.html(found) : c.notFound();
    });
  }
  return app;
}

type CodePage = (world: World, repo: RepoDoc, place: string) => Promise<Html | null> | Html | null;

const codePages: Readonly<Record<string, CodePage>> = {
  'commit/:place{[0-9a-f]{7,40}}': commitPage,
  'tree/:place{.+}': treePage,
  'blob/:place{.+}': blobPage,
  'actions/runs/:place{[0-9]+}': (world, repo, place) => workflowRunPage(world, repo, Number(place)),
  'actions/runs/:run{[0-9]+}/job/:place{[0-9]+}': (world, repo, place) => jobPage(world, repo, Number(place)),
  'runs/:place{[0-9]+}': (world, repo, place) => checkRunPage(world, repo, Number(place)),
};

function home(world: World): Html {
  const rows = world.store.list('repo').map((repo) => {
    const path = `/${repo.owner}/${repo.name}`;
    return html`<div class="row"><a href="${path}"><strong>${repo.owner}/${repo.name}</strong></a>
<div class="dim">${repo.description ?? ''}</div></div>`;
  });
  return layout('Repositories', html`<h1>Repositories</h1><div class="box">${rows}</div>`);
}

async function code(world: World, repo: RepoDoc): Promise<Html> {
  const tip = repo.refs[`refs/heads/${repo.defaultBranch}`];
  const dir = world.git.dirOf(repo);
  const commits = tip === undefined ? [] : await readCommits(world.git, dir, [tip], commitsLimit);
  const path = `/${repo.owner}/${repo.name}`;
  const branches = Object.keys(repo.refs).filter((ref) => ref.startsWith('refs/heads/'));
  return layout(
    `${repo.owner}/${repo.name}`,
    html`${repoHead(repo, 'code')}<p class="dim">${repo.description ?? ''}</p>
<h2>Branches</h2><div class="box">${branches.map((ref) => html`<div class="row"><a href="${path}/tree/${encodeURI(ref.slice(11))}"><code>${ref.slice(11)}</code></a> <span class="dim">${repo.refs[ref]?.slice(0, 7)}</span></div>`)}</div>
<h2>Commits on ${repo.defaultBranch}</h2><div class="box">${commits.map(
      (commit) =>
        html`<div class="row"><a href="${path}/commit/${commit.sha}"><code>${commit.sha.slice(0, 7)}</code></a> ${commit.message.split('\n')[0]} <span class="dim">${commit.author.name}, ${commit.author.date}</span> ${verified(repo, commit.sha)}</div>`,
    )}</div>`,
  );
}

function list(world: World, repo: RepoDoc, pulls: boolean): Html {
  const docs = world.store
    .list('issue', (one) => one.repo === repo.id && (one.pull !== null) === pulls)
    .reverse();
  const rows = docs.map((issue) => {
    const path = `/${repo.owner}/${repo.name}/${pulls ? 'pull' : 'issues'}/${issue.number}`;
    return html`<div class="row">${issueState(issue)} <a href="${path}"><strong>${issue.title}</strong></a>
${labelPills(world, issue)}<div class="dim">#${issue.number} by ${issue.user}, ${issue.createdAt}</div></div>`;
  });
  const none = html`<div class="row dim">Nothing here yet</div>`;
  return layout(
    `${pulls ? 'Pull requests' : 'Issues'} · ${repo.owner}/${repo.name}`,
    html`${repoHead(repo, pulls ? 'pulls' : 'issues')}<div class="box">${rows.length > 0 ? rows : none}</div>`,
  );
}

async function filesChanged(world: World, repo: RepoDoc, issue: IssueDoc): Promise<Html> {
  if (!isPull(issue)) return layout('Not a pull request', html`<p>#${issue.number} is an issue.</p>`);
  const { base, head } = issue.pull;
  const files = await pullFiles(world.git, world.git.dirOf(repo), { base: base.sha, head: head.sha });
  const comments = world.store.list(
    'reviewComment',
    (one) => one.issue === issue.id && isPublished(world.store, one.review),
  );
  const path = `/${repo.owner}/${repo.name}/pull/${issue.number}`;
  return layout(
    `Files · ${issue.title}`,
    html`${repoHead(repo, 'pulls')}<h1><a href="${path}">${issue.title}</a> <span class="number">#${issue.number}</span></h1>
${files.slice(0, filesLimit).map((file) => fileDiff(world, file, comments))}`,
  );
}
