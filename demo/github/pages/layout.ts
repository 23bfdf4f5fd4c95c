// The frame around every page, and the small pieces that several pages share.
import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { IssueDoc, ReactionSubject, RepoDoc } from '../records.ts';
import { labelsOf } from '../render/issues.ts';
import { userOf, type World } from '../world.ts';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export function layout(title: string, content: Html | Html[]): Html {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><link rel="stylesheet" href="/_crew/style.css"></head>
<body><header><a href="/"><strong>Offline GitHub</strong></a></header><main>${content}</main></body></html>`;
}

export function repoHead(repo: RepoDoc, current: 'code' | 'issues' | 'pulls'): Html {
  const path = `/${repo.owner}/${repo.name}`;
  const tab = (name: typeof current, href: string, text: string): Html =>
    name === current
      ? html`<a href="${href}" aria-current="page">${text}</a>`
      : html`<a href="${href}">${text}</a>`;
  return html`<h1>${repo.owner} / <a href="${path}"><strong>${repo.name}</strong></a></h1>
<nav>${[tab('code', path, 'Code'), tab('issues', `${path}/issues`, 'Issues'), tab('pulls', `${path}/pulls`, 'Pull requests')]}</nav>`;
}

export function author(world: World, login: string): Html {
  const user = userOf(world.store, login);
  const name = login.replace(/\[bot\]$/, '');
  return html`<img class="avatar" alt="" src="/_crew/avatar/${encodeURIComponent(login)}.svg"><strong>${name}</strong>
${user.type === 'Bot' ? html`<span class="bot">bot</span>` : ''}`;
}

export function issueState(issue: IssueDoc): Html {
  if (issue.pull?.mergedAt) return html`<span class="pill merged">Merged</span>`;
  if (issue.state === 'closed') return html`<span class="pill closed">Closed</span>`;
  if (issue.pull?.draft) return html`<span class="pill draft">Draft</span>`;
  return html`<span class="pill">Open</span>`;
}

export function labelPills(world: World, issue: IssueDoc): Html[] {
  return labelsOf(world.store, issue).map((label) => html`<span class="label">${label.name}</span>`);
}

const emoji = {
  '+1': '👍',
  '-1': '👎',
  laugh: '😄',
  confused: '😕',
  heart: '❤️',
  hooray: '🎉',
  rocket: '🚀',
  eyes: '👀',
} as const;

export function reactions(world: World, kind: ReactionSubject, subject: number): Html {
  const docs = world.store.list('reaction', (one) => one.subjectKind === kind && one.subject === subject);
  const contents = [...new Set(docs.map((one) => one.content))];
  return html`<div class="reactions">${contents.map((content) => {
    const who = docs.filter((one) => one.content === content).map((one) => one.user);
    return html`<span title="${who.join(', ')}">${emoji[content]} ${who.length}</span>`;
  })}</div>`;
}

/** A face for a login: its letter on a colour of its own. */
export function avatarSvg(login: string): string {
  const hue = [...login].reduce((sum, char) => (sum * 31 + (char.codePointAt(0) ?? 0)) % 360, 7);
  const letter = /[a-z0-9]/i.exec(login)?.[0]?.toUpperCase() ?? '?';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="hsl(${hue} 55% 45%)"/><text x="20" y="27" font-family="sans-serif" font-size="20" fill="#fff" text-anchor="middle">${letter}</text></svg>`;
}

/** At a commit that GitHub signed. */
export function verified(repo: RepoDoc, sha: string): Html | string {
  return repo.verifiedShas.includes(sha) ? html`<span class="verified">Verified</span>` : '';
}
