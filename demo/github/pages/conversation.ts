// The page of an issue, and of a pull request's conversation.
import { html } from 'hono/html';
import { pullCommits } from '../pull-diff.ts';
import type { EventDoc, IssueDoc, RepoDoc, ReviewDoc } from '../records.ts';
import { headLabel, isPublished, isPull, type PullIssue } from '../render/pulls.ts';
import type { World } from '../world.ts';
import { threadWithExcerpt } from './diff-view.ts';
import {
  author,
  type Html,
  issueState,
  labelPills,
  layout,
  reactions,
  repoHead,
  verified,
} from './layout.ts';
import { markdown } from './markdown.ts';

export async function conversation(world: World, repo: RepoDoc, issue: IssueDoc): Promise<Html> {
  const entries = timeline(world, issue);
  const extra = isPull(issue) ? await pullExtras(world, repo, issue) : '';
  return layout(
    `${issue.title} · ${repo.owner}/${repo.name} #${issue.number}`,
    html`${repoHead(repo, issue.pull ? 'pulls' : 'issues')}
<h1>${issue.title} <span class="number">#${issue.number}</span></h1>
<p>${issueState(issue)} ${labelPills(world, issue)} ${isPull(issue) ? pullLine(repo, issue) : ''}</p>
${said(world, { login: issue.user, at: issue.createdAt, body: issue.body, id: `issue-${issue.id}`, below: reactions(world, 'issue', issue.id) })}
${entries}${extra}`,
  );
}

function pullLine(repo: RepoDoc, issue: PullIssue): Html {
  const path = `/${repo.owner}/${repo.name}/pull/${issue.number}`;
  return html`<span class="dim"><code>${issue.pull.base.ref}</code> ← <code>${issue.pull.head.fork === undefined ? issue.pull.head.ref : headLabel(repo, issue)}</code></span>
<a href="${path}/files">Files changed</a>`;
}

interface Said {
  readonly login: string;
  readonly at: string;
  readonly body: string | null;
  readonly id: string;
  readonly below: Html | string;
  readonly verb?: string;
}

function said(world: World, what: Said): Html {
  return html`<div class="box" id="${what.id}"><div class="head">${author(world, what.login)}
<span class="dim">${what.verb ?? 'commented'} ${what.at}</span></div>
<div class="body">${markdown(what.body)}${what.below}</div></div>`;
}

function timeline(world: World, issue: IssueDoc): Html[] {
  const { store } = world;
  const comments = store
    .list('comment', (one) => one.issue === issue.id)
    .map((one) => ({
      at: one.createdAt,
      id: one.id,
      view:
        one.minimized === null
          ? said(world, {
              login: one.user,
              at: one.createdAt,
              body: one.body,
              id: `issuecomment-${one.id}`,
              below: reactions(world, 'comment', one.id),
            })
          : html`<p class="event">A comment by ${one.user} was hidden as ${one.minimized}.</p>`,
    }));
  const reviews = store
    .list('review', (one) => one.issue === issue.id && one.submittedAt !== null)
    .map((one) => ({ at: one.submittedAt ?? one.createdAt, id: one.id, view: reviewView(world, one) }));
  const events = store
    .list('event', (one) => one.issue === issue.id && one.event !== 'reviewed')
    .map((one) => ({ at: one.createdAt, id: one.id, view: eventView(one) }));
  return [...comments, ...reviews, ...events]
    .sort((a, b) => a.at.localeCompare(b.at) || a.id - b.id)
    .map((entry) => entry.view);
}

const verdicts = {
  APPROVED: 'approved these changes',
  CHANGES_REQUESTED: 'requested changes',
  COMMENTED: 'reviewed',
  DISMISSED: 'reviewed (dismissed)',
  PENDING: 'started a review',
} as const;

function reviewView(world: World, review: ReviewDoc): Html {
  const all = world.store.list(
    'reviewComment',
    (one) => one.issue === review.issue && isPublished(world.store, one.review),
  );
  const firsts = all.filter((one) => one.review === review.id && one.thread === one.id);
  const head = { login: review.user, at: review.submittedAt ?? review.createdAt, body: review.body };
  const silent = review.body === '' && review.state === 'COMMENTED';
  return html`${silent ? '' : said(world, { ...head, verb: verdicts[review.state], id: `pullrequestreview-${review.id}`, below: '' })}
${firsts.map((first) => threadWithExcerpt(world, first, all))}`;
}

function eventView(event: EventDoc): Html {
  const detail = event.label?.name ?? event.assignee ?? event.rename?.to ?? event.commitId?.slice(0, 7) ?? '';
  return html`<p class="event"><strong>${event.user}</strong> ${event.event.replaceAll('_', ' ')} ${detail === '' ? '' : html`<code>${detail}</code>`} <span>${event.createdAt}</span></p>`;
}

async function pullExtras(world: World, repo: RepoDoc, issue: PullIssue): Promise<Html> {
  const { head, base } = issue.pull;
  const commits = await pullCommits(world.git, world.git.dirOf(repo), { base: base.sha, head: head.sha });
  const path = `/${repo.owner}/${repo.name}`;
  const runs = world.store.list('checkRun', (one) => one.repo === repo.id && one.headSha === head.sha);
  return html`<h2>Checks</h2><div class="box">${
    runs.length === 0
      ? html`<div class="row dim">No checks</div>`
      : runs.map(
          (
            run,
          ) => html`<div class="row"><strong class="${run.conclusion ?? ''}">${run.conclusion ?? run.status}</strong> <a href="${path}/runs/${run.id}">${run.name}</a>
<span class="dim">${run.title ?? ''}</span><div class="body">${markdown(run.summary)}</div></div>`,
        )
  }</div><h2>Commits</h2><div class="box">${commits.map(
    (commit) =>
      html`<div class="row"><a href="${path}/commit/${commit.sha}"><code>${commit.sha.slice(0, 7)}</code></a> ${commit.message.split('\n')[0]} <span class="dim">${commit.author.name}</span> ${verified(repo, commit.sha)}</div>`,
  )}</div>`;
}
