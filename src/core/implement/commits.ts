/** How results become commits: the same records always give the same commits, on any machine. Pure. */

import { closingNothing, oneLine, skippingNothing } from '../messages/format.ts';
import type { Subtask, Task } from '../records.ts';
import type { FixRequest } from '../request-records.ts';
import type { Result } from '../result-records.ts';
import { shorten } from '../shorten.ts';
import type { AsOne, PatchToApply, Replay } from '../workspace-ports.ts';
import { withDependencies } from './plan-rules.ts';

const SUBJECT_LIMIT = 72;
const SUMMARY_LIMIT = 2_000;

/** What a task's commits are made of: the same for whoever checks them and for whoever publishes them. */
export interface Integration {
  readonly baseSha: string;
  readonly replay: Replay | null;
  readonly patches: readonly PatchToApply[];
  /** All patches are one commit, with this message and date; null: each is its own. */
  readonly asOne: AsOne | null;
}

/** Of the subtasks named by `keys` and all they depend on; left out, of all work that is done. Null for a task that changes no files. */
export function integrationOf(
  records: {
    readonly task: Task;
    readonly subtasks: readonly Subtask[];
    readonly results: readonly Result[];
  },
  keys: readonly string[] = records.subtasks
    .filter(({ kind, state }) => kind === 'work' && state === 'done')
    .map(({ key }) => key),
): Integration | null {
  const { request } = records.task;
  if (request.kind !== 'implement' && request.kind !== 'fix') return null;
  const patches = patchesOf(records, keys);
  const asOne = isAsOne(records.results) ? asOneOf(records.task, patches) : null;
  return request.kind === 'fix'
    ? { ...fixBaseOf(request), patches, asOne }
    : { baseSha: request.baseSha, replay: null, patches, asOne };
}

/** What was taken out of the whole again would stand in the branch's history for ever. */
function isAsOne(results: readonly Result[]): boolean {
  return results.some(({ outcome }) => outcome.kind === 'checks' && outcome.asOne === true);
}

/** Null for fewer than two. */
function asOneOf(task: Task, patches: readonly PatchToApply[]): AsOne | null {
  const last = patches.at(-1);
  if (last === undefined || patches.length < 2) return null;
  const parts = patches.map(
    ({ subtaskKey, message }) => `- ${subtaskKey}: ${message.split('\n', 1)[0] ?? ''}`,
  );
  const roles = new Set(patches.flatMap(({ message }) => /^Crew-Role: .+$/m.exec(message)?.[0] ?? []));
  const trailers = [`Crew-Task: ${task.id}`, ...roles, coAuthor(task)];
  const subject = `Work of the crew for #${task.subject.number}`;
  return { message: `${subject}\n\n${parts.join('\n')}\n\n${trailers.join('\n')}\n`, at: last.at };
}

/** A round stands on the pull request's head; where that can no longer be merged, on its base, with its commits made anew. */
export function fixBaseOf({ cause, pullRequest }: FixRequest): Omit<Integration, 'patches' | 'asOne'> {
  if (cause.kind !== 'conflict') return { baseSha: pullRequest.headSha, replay: null };
  const replay = { fromSha: pullRequest.baseSha, toSha: pullRequest.headSha };
  return { baseSha: cause.ontoSha, replay };
}

/** The patches of the subtasks named by `keys` and of all they depend on, in the order in which they are applied. Empty patches are left out. */
export function patchesOf(
  records: {
    readonly task: Task;
    readonly subtasks: readonly Subtask[];
    readonly results: readonly Result[];
  },
  keys: readonly string[],
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
        at: result.createdAt,
      },
    ];
  });
}

/** Subject, what was done and why, and trailers that lead back to the task. */
function commitMessage(task: Task, subtask: Subtask, summary: string): string {
  const subject = shorten(silent(oneLine(subtask.title) || 'Change by the crew'), SUBJECT_LIMIT);
  const trailers = [
    `Crew-Task: ${task.id}`,
    `Crew-Subtask: ${subtask.key}`,
    `Crew-Role: ${subtask.role}`,
    coAuthor(task),
  ];
  return `${subject}\n\n${plainText(summary)}\n\n${trailers.join('\n')}\n`;
}

function coAuthor({ requester }: Task): string {
  return `Co-authored-by: ${requester} <${requester}@users.noreply.github.com>`;
}

/** GitHub acts on a commit message wherever its words stand: it is no Markdown, so there is no code to leave alone. */
function silent(text: string): string {
  return skippingNothing(closingNothing(text.replace(/(?<!\w)@(?=[a-z\d])/gi, '@ ')));
}

/** Without lines that git would read as trailers (`Co-authored-by:`), without orders to GitHub (`closes #1`) and without mentions, 2,000 characters at most. */
function plainText(text: string): string {
  return silent(text.slice(0, SUMMARY_LIMIT).toWellFormed())
    .split('\n')
    .filter((line) => !/^[A-Za-z-]+-by:|^Crew-[A-Za-z]+:|^skip-checks:/i.test(line.trim()))
    .join('\n')
    .trim();
}
