/** What an agent is given for its subtask, from the records of the task. */

import { patchesOf } from '../core/commits.ts';
import type { AgentJob, ReviewBrief } from '../core/ports.ts';
import type { Subtask } from '../core/records.ts';
import { candidatesOf, groupOf, surveyOf } from '../core/review/candidates.ts';
import type { Role } from '../core/roles.ts';
import type { TaskRecords } from '../core/store-ports.ts';

export function agentJob(records: TaskRecords, subtask: Subtask, roles: readonly Role[]): AgentJob {
  const titles = new Map(roles.map((role) => [role.name, role.title]));
  const teammates = records.subtasks.flatMap((other) => {
    const result = records.results.find((candidate) => candidate.subtaskId === other.id);
    return other.kind === 'work' && other.state === 'done' && result !== undefined
      ? [{ subtask: other, result }]
      : [];
  });
  return {
    task: records.task,
    subtask,
    plan: records.plan,
    teammates,
    patches: patchesOf(records, subtask.dependsOn, titles),
    decisions: records.messages.filter(({ kind }) => kind === 'decision'),
    review: reviewBrief(records, subtask),
  };
}

function reviewBrief(records: TaskRecords, subtask: Subtask): ReviewBrief | null {
  if (subtask.kind !== 'review' && subtask.kind !== 'refute') return null;
  const survey = surveyOf(records);
  if (survey === null) throw new Error(`${subtask.key} has no survey to go by`);
  const candidates = subtask.kind === 'refute' ? candidatesOf(records, groupOf(subtask)) : [];
  return { survey, candidates };
}
