/** The live view as a page: everything put into it is escaped, and it loads nothing but its own script and style. */
import { html } from 'hono/html';
import type { LiveView } from '../../core/messages/live.ts';
import type { LivePaths } from './live-assets.ts';

type Page = ReturnType<typeof html>;

export function livePage(view: LiveView, paths: LivePaths): Page {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${view.title}</title>
<link rel="stylesheet" href="${paths.style}">
<script src="${paths.script}" defer></script>
</head>
<body data-events="${paths.events}">
<main>
<h1>${view.title}</h1>
<p class="headline">${view.headline}</p>
${view.reason === null ? '' : html`<p class="text">${view.reason}</p>`}
<ul class="facts">${view.facts.map((fact) => html`<li>${fact}</li>`)}</ul>
<ul class="links">${view.links.map(({ label, url }) => html`<li><a href="${url}" rel="noreferrer">${label}</a></li>`)}</ul>
${planSection(view)}
<h2>Subtasks</h2>
${view.subtasks.length === 0 ? html`<p>None yet.</p>` : html`<ul class="checklist">${view.subtasks.map(({ done, text }) => html`<li class="${done ? 'done' : 'open'}">${done ? '☑' : '☐'} ${text}</li>`)}</ul>`}
${messagesSection(view)}
</main>
<h2>Events</h2>
<p id="state" role="status">Connecting…</p>
<ol id="events" reversed></ol>
<noscript><p>Without its script this page shows the state as it was when it was loaded.</p></noscript>
</body>
</html>`;
}

function planSection({ plan }: LiveView): Page | string {
  if (plan === null) return '';
  return html`<details><summary>${plan.head}</summary>
<p class="text">${plan.summary}</p>
<ol>${plan.subtasks.map((line) => html`<li class="text">${line}</li>`)}</ol>
${plan.risks.length === 0 ? '' : html`<p>Risks:</p><ul>${plan.risks.map((risk) => html`<li class="text">${risk}</li>`)}</ul>`}
</details>`;
}

function messagesSection({ messages, messagesLeftOut }: LiveView): Page | string {
  if (messages.length === 0) return '';
  return html`<h2>Messages and decisions</h2>
${messagesLeftOut === 0 ? '' : html`<p>${messagesLeftOut} older ones are not shown.</p>`}
<ul>${messages.map(({ head, body }) => html`<li><strong>${head}</strong><p class="text">${body}</p></li>`)}</ul>`;
}
