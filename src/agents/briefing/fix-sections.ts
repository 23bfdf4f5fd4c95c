// What a round on a pull request of the crew's own is about: checks that failed, with their logs; words to answer; commits that
// do not apply to the new base. All of it is hostile text.

import type { AgentJob } from '../../core/agent-ports.ts';
import { wordsOf } from '../../core/fix/words.ts';
import type { FailedCheck, Feedback } from '../../core/request-records.ts';
import type { SkippedCommit } from '../../core/workspace-ports.ts';
import { BRIEFING_LIMITS as LIMITS } from './limits.ts';
import { newestOf } from './subject-sections.ts';
import { attribute, quoteMarkdown, quoteText } from './untrusted-text.ts';

export function fixSections(job: AgentJob, skipped: readonly SkippedCommit[]): readonly string[] {
  const { request } = job.task;
  if (request.kind !== 'fix') return [];
  const { cause } = request;
  return [
    ...(cause.kind === 'checks' ? withinChars(cause.checks, failedCheck, LIMITS.failedLogs) : []),
    ...(cause.kind === 'conflict' ? withinChars(skipped, skippedCommit, LIMITS.skippedPatches) : []),
    ...newestOf(wordsOf(job).map(wordSection), LIMITS.comments, 'comments'),
  ];
}

/** Each gets what the ones before it left of the whole; at nothing left it is still named. */
function withinChars<T>(
  items: readonly T[],
  section: (item: T, maxChars: number) => string,
  maxChars: number,
): readonly string[] {
  let leftChars = maxChars;
  return items.map((item) => {
    const text = section(item, Math.max(leftChars, 0));
    leftChars -= text.length;
    return text;
  });
}

function failedCheck({ name, conclusion, log }: FailedCheck, leftChars: number): string {
  const head = `name="${attribute(name)}" conclusion="${attribute(conclusion)}"`;
  if (log === null) return `<failed_check ${head}>\nIts log is not to be had.\n</failed_check>`;
  const maxChars = Math.min(LIMITS.failedLog, leftChars);
  // What went wrong stands at the end.
  const end = log.length > maxChars ? `[cut: the end is shown]\n${log.slice(log.length - maxChars)}` : log;
  return `<failed_check ${head}>\n${quoteText(end.toWellFormed(), LIMITS.failedLog + 100)}\n</failed_check>`;
}

function wordSection({ on, id, author, body, path, line }: Feedback): string {
  const place = path === null ? '' : ` path="${attribute(path)}"${line === null ? '' : ` line="${line}"`}`;
  return `<word id="${id}" on="${on}" author="${attribute(author)}"${place}>\n${quoteMarkdown(body, LIMITS.comment)}\n</word>`;
}

function skippedCommit({ sha, message, patch, files }: SkippedCommit, leftChars: number): string {
  const paths = attribute(files.slice(0, LIMITS.ownFiles).join(', '));
  const text = quoteText(patch, Math.min(LIMITS.skippedPatch, leftChars));
  const said = quoteText(message, LIMITS.title);
  return `<skipped_commit sha="${attribute(sha)}" files="${paths}">\n${said}\n\n${text}\n</skipped_commit>`;
}
