// A file's diff as a table, with review threads under the lines they are anchored to.
import { html } from 'hono/html';
import { type DiffFile, type DiffLine, parseDiff } from '../diff.ts';
import type { ReviewCommentDoc, Side } from '../records.ts';
import type { World } from '../world.ts';
import type { Html } from './layout.ts';
import { thread, threadState } from './thread.ts';

const marks = { add: '+', del: '-', context: ' ' } as const;
const excerptLines = 6;

export function fileDiff(world: World, file: DiffFile, comments: readonly ReviewCommentDoc[]): Html {
  const firsts = comments.filter((one) => one.thread === one.id && one.path === file.path);
  const at = (line: DiffLine): readonly ReviewCommentDoc[] =>
    firsts.filter((one) => one.line !== null && one.line === (one.side === 'RIGHT' ? line.new : line.old));
  const rows = file.hunks.flatMap((hunk) => [
    html`<tr class="hunk"><td class="num"></td><td class="num"></td><td>${hunk.header}</td></tr>`,
    ...hunk.lines.flatMap((line) => [
      row(line),
      ...at(line)
        .filter((one) => shows(one.side, line))
        .map((one) => html`<tr class="talk"><td colspan="3">${thread(world, one, comments)}</td></tr>`),
    ]),
  ]);
  const name = file.previousPath === null ? file.path : `${file.previousPath} → ${file.path}`;
  const body = file.binary
    ? html`<div class="row dim">Binary file</div>`
    : html`<table class="diff">${rows}</table>`;
  return html`<div class="box" id="file-${file.path}"><div class="head"><strong>${name}</strong>
<span class="success">+${file.additions}</span> <span class="failure">−${file.deletions}</span>
<span class="dim">${file.status}</span></div>${body}</div>`;
}

/** A context line has both numbers; the thread stands under it once. */
const shows = (side: Side, line: DiffLine): boolean => (side === 'RIGHT' ? line.new : line.old) !== null;

function row(line: DiffLine): Html {
  return html`<tr class="${line.kind}"><td class="num">${line.old ?? ''}</td><td class="num">${line.new ?? ''}</td><td>${marks[line.kind]}${line.text}</td></tr>`;
}

/** A thread in the conversation: the end of its hunk, then what was said. */
export function threadWithExcerpt(
  world: World,
  first: ReviewCommentDoc,
  all: readonly ReviewCommentDoc[],
): Html {
  const text = `diff --git a/x b/x\n--- a/x\n+++ b/x\n${first.diffHunk}\n`;
  const lines = parseDiff(text)[0]?.hunks[0]?.lines.slice(-excerptLines) ?? [];
  return html`<div class="box"><div class="head"><code>${first.path}</code> ${threadState(first, all)}</div>
<table class="diff">${lines.map(row)}</table><div class="thread">${thread(world, first, all)}</div></div>`;
}
