/** How findings are followed from push to push: found again in the new diff, and kept with what became of them. Pure. */

import type { FileDiff, Hunk } from '../diff.ts';
import type { NewFinding, Tracking } from '../memory-ports.ts';
import { titleOf } from '../messages/finding-comment.ts';
import type { Task } from '../records.ts';
import type { Anchor } from '../result-records.ts';
import { QUOTE_MAX_CHARS } from '../result-records.ts';
import { shorten } from '../shorten.ts';
import type { TaskRecords } from '../store-ports.ts';
import { bodyWithAll } from './candidates.ts';
import { pathOf } from './finding-place.ts';
import { NOTHING, trackedReply } from './reply-tracking.ts';
import { assembledOf, type Published } from './review-assembly.ts';
import { withoutSpace } from './without-space.ts';

interface Line {
  readonly number: number;
  readonly text: string;
}

type InlineAnchor = Extract<Anchor, { kind: 'inline' }>;

const TITLE_MAX_CHARS = 300;
const CATEGORY_MAX_CHARS = 100;
const PATH_MAX_CHARS = 1_000;

export function trackingOf(records: TaskRecords): Tracking {
  const { request } = records.task;
  switch (request.kind) {
    case 'review':
      return trackedReview(records, request.pullRequest.headSha);
    case 'reply':
      return trackedReply(records, request);
    case 'implement':
    case 'ask':
    case 'fix':
    case 'gate':
      return NOTHING;
  }
}

function trackedReview(records: TaskRecords, headSha: string): Tracking {
  const { task } = records;
  const { inline, folded, earlier } = assembledOf(records);
  return {
    raised: [...inline, ...folded].map((published) => raisedBy(task, headSha, published)),
    settled: earlier.fixed.map(({ finding, role, left }) => ({
      repositoryId: task.repository.id,
      number: task.subject.number,
      fingerprint: finding.fingerprint,
      state: 'fixed',
      by: `crew:${role}`,
      reason: left
        ? `no longer part of the pull request, as of ${headSha.slice(0, 7)}`
        : `fixed in ${headSha.slice(0, 7)}`,
    })),
    memories: [],
  };
}

function raisedBy(task: Task, headSha: string, published: Published): NewFinding {
  const { fingerprint, finding, anchor, roles } = published;
  return {
    fingerprint,
    repositoryId: task.repository.id,
    number: task.subject.number,
    taskId: task.id,
    headSha,
    roles,
    path: shorten(pathOf(finding, anchor), PATH_MAX_CHARS),
    anchor,
    severity: finding.severity,
    category: shorten(finding.category, CATEGORY_MAX_CHARS),
    title: shorten(titleOf(finding), TITLE_MAX_CHARS),
    body: bodyWithAll(published),
  };
}

/**
 * Where the quoted lines stand in `files` now: as they were, or with other white space; nearest to where they were. Follows the
 * file at `path` through a rename. Null when they are not in the diff any more.
 */
export function relocate(anchor: Anchor, path: string, files: readonly FileDiff[]): InlineAnchor | null {
  if (anchor.kind === 'body') return null;
  const file =
    files.find((candidate) => candidate.path === path) ??
    files.find((candidate) => candidate.oldPath === path);
  if (file === undefined) return null;
  for (const [exactly, as] of [
    [true, (text: string) => text],
    [false, withoutSpace],
  ] as const) {
    const found = nearestRun(anchor, file.hunks, as);
    if (found === null) continue;
    const { start, end } = found;
    const suggestion = exactly ? anchor.suggestion : null;
    return { ...anchor, path: file.path, startLine: start < end ? start : null, line: end, suggestion };
  }
  return null;
}

function nearestRun(anchor: InlineAnchor, hunks: readonly Hunk[], as: (text: string) => string) {
  const cut = anchor.quote.length >= QUOTE_MAX_CHARS;
  // A cut through a surrogate pair left a replacement character.
  const wanted = (cut ? anchor.quote.replace(/\uFFFD$/, '') : anchor.quote).split('\n').map(as);
  const from = anchor.startLine ?? anchor.line;
  let best: { readonly start: number; readonly end: number } | null = null;
  for (const hunk of hunks) {
    const lines = linesOf(hunk, anchor.side, as);
    for (const [index, { number: start }] of lines.entries()) {
      if (best !== null && Math.abs(start - from) >= Math.abs(best.start - from)) continue;
      if (!standsAt(lines, index, wanted, cut)) continue;
      const last = lines[Math.min(index + Math.max(wanted.length - 1, anchor.line - from), lines.length - 1)];
      best = { start, end: last?.number ?? start };
    }
  }
  return best;
}

/** A quote that was cut ends within a line. */
function standsAt(lines: readonly Line[], from: number, wanted: readonly string[], cut: boolean): boolean {
  return wanted.every((text, index) => {
    const line = lines[from + index]?.text;
    return cut && index === wanted.length - 1 ? line?.startsWith(text) === true : line === text;
  });
}

function linesOf(hunk: Hunk, side: InlineAnchor['side'], as: (text: string) => string): readonly Line[] {
  return hunk.lines.flatMap(({ oldLine, newLine, text }) => {
    const number = side === 'RIGHT' ? newLine : oldLine;
    return number === null ? [] : [{ number, text: as(text) }];
  });
}
