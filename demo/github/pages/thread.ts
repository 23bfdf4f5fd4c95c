// A review thread: what was said, whether it is outdated or resolved and by whom, and what is suggested.
import { html } from 'hono/html';
import { parseDiff } from '../diff.ts';
import type { ReviewCommentDoc } from '../records.ts';
import type { World } from '../world.ts';
import { author, type Html, reactions } from './layout.ts';
import { markdown } from './markdown.ts';

export function thread(world: World, first: ReviewCommentDoc, all: readonly ReviewCommentDoc[]): Html {
  const said = all.filter((one) => one.thread === first.id);
  const resolved =
    first.resolvedBy === null
      ? ''
      : html`<p class="success">Resolved by ${first.resolvedBy.replace(/\[bot\]$/, '')}</p>`;
  return html`<div>${said.map(
    (one) => html`<div class="box" id="discussion_r${one.id}"><div class="head">${author(world, one.user)}
<span class="dim">${one.createdAt}</span></div><div class="body">${commentBody(one)}${reactions(world, 'reviewComment', one.id)}</div></div>`,
  )}${resolved}</div>`;
}

/** Line, outdated, resolved, replies: what a folded thread shows. */
export function threadState(first: ReviewCommentDoc, all: readonly ReviewCommentDoc[]): Html {
  const replies = all.filter((one) => one.thread === first.id).length - 1;
  const place =
    first.line === null
      ? html`<span class="label">Outdated</span>`
      : html`<span class="dim">${first.startLine === null ? `line ${first.line}` : `lines ${first.startLine} to ${first.line}`}</span>`;
  const resolved = first.resolvedBy === null ? '' : html`<span class="label">Resolved</span>`;
  const answered =
    replies === 0 ? '' : html`<span class="dim">${replies} ${replies === 1 ? 'reply' : 'replies'}</span>`;
  return html`${place} ${resolved} ${answered}`;
}

const suggestion = /^(`{3,})suggestion[^\S\n]*\n([\s\S]*?)^\1[^\S\n]*$/m;

/** Suggestion blocks become a change of the lines that the comment stands on, as on GitHub. */
function commentBody(comment: ReviewCommentDoc): Html {
  const body = comment.body.replaceAll('\r\n', '\n');
  const found = suggestion.exec(body);
  if (found === null) return html`${markdown(body)}`;
  const before = body.slice(0, found.index);
  const after = body.slice(found.index + found[0].length);
  return html`${markdown(before)}${suggested(comment, found[2] ?? '')}${markdown(after)}`;
}

function suggested(comment: ReviewCommentDoc, text: string): Html {
  const replaced = anchoredLines(comment).map((line) => html`<tr class="del"><td>-${line}</td></tr>`);
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  return html`<div class="suggestion"><div class="head">Suggested change</div><table class="diff">${replaced}${lines.map(
    (line) => html`<tr class="add"><td>+${line}</td></tr>`,
  )}</table></div>`;
}

/** The hunk of a comment ends in the lines that it stands on. */
function anchoredLines(comment: ReviewCommentDoc): readonly string[] {
  const { originalLine, originalStartLine } = comment;
  if (originalLine === null) return [];
  const hunks = parseDiff(`diff --git a/x b/x\n--- a/x\n+++ b/x\n${comment.diffHunk}\n`)[0]?.hunks ?? [];
  return (hunks[0]?.lines ?? [])
    .filter((line) => {
      const number = comment.side === 'RIGHT' ? line.new : line.old;
      return number !== null && number >= (originalStartLine ?? originalLine) && number <= originalLine;
    })
    .map((line) => line.text);
}
