/** How results become commits: the same records always give the same commits, on any machine. Pure. */

import { closingNothing } from './messages/format.ts';
import { withDependencies } from './plan-rules.ts';
import type { PatchToApply } from './ports.ts';
import type { Result, Subtask, Task } from './records.ts';

const SUBJECT_LIMIT = 72;
const SUMMARY_LIMIT = 2_000;

/** The patches of the subtasks named by `keys` and of all they depend on, in the order in which they are applied. Empty patches are left out. */
export function patchesOf(
  records: {
    readonly task: Task;
    readonly subtasks: readonly Subtask[];
    readonly results: readonly Result[];
  },
  keys: readonly string[],
  titles: ReadonlyMap<string, string>,
): readonly PatchToApply[] {
  const resultOf = new Map(records.results.map((result) => [result.subtaskId, result]));
  return withDependencies(records.subtasks, keys).flatMap((subtask) => {
    const result = resultOf.get(subtask.id);
    if (result?.outcome.kind !== 'patch' || result.outcome.patch === '') return [];
    return [
      {
        subtaskKey: subtask.key,
        patch: result.outcome.patch,
        message: commitMessage(records.task, subtask, result.outcome.answer.summary),
        authorName: `${titles.get(subtask.role) ?? subtask.role} (HyperCode Crew)`,
        authorEmail: `${subtask.role}@hypercode-crew.invalid`,
        at: result.createdAt,
      },
    ];
  });
}

/** Subject, what was done and why, and trailers that lead back to the task. */
function commitMessage(task: Task, subtask: Subtask, summary: string): string {
  const title = silent(oneLine(subtask.title));
  const subject = title.length > SUBJECT_LIMIT ? `${title.slice(0, SUBJECT_LIMIT - 1)}…` : title;
  const trailers = [
    `Crew-Task: ${task.id}`,
    `Crew-Subtask: ${subtask.key}`,
    `Crew-Role: ${subtask.role}`,
    `Co-authored-by: ${task.requester} <${task.requester}@users.noreply.github.com>`,
  ];
  return `${subject}\n\n${plainText(summary)}\n\n${trailers.join('\n')}\n`;
}

/** GitHub acts on a commit message wherever its words stand: it is no Markdown, so there is no code to leave alone. */
function silent(text: string): string {
  return closingNothing(text.replace(/(?<!\w)@(?=[a-z\d])/gi, '@ '));
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim() || 'Change by the crew';
}

/** Without lines that git would read as trailers (`Co-authored-by:`), without orders to GitHub (`closes #1`) and without mentions, 2,000 characters at most. */
function plainText(text: string): string {
  return silent(text.slice(0, SUMMARY_LIMIT).toWellFormed())
    .split('\n')
    .filter((line) => !/^[A-Za-z-]+-by:|^Crew-[A-Za-z]+:/i.test(line.trim()))
    .join('\n')
    .trim();
}
