/** What an agent is given for its subtask, from the records of the task. */

import type { AgentJob, ReviewBrief } from '../core/agent-ports.ts';
import { patchesOf } from '../core/implement/commits.ts';
import { roundsBefore } from '../core/implement/plan-rounds.ts';
import { repairOf } from '../core/next-steps/repairs.ts';
import type { Subtask } from '../core/records.ts';
import { resultOf } from '../core/result-of.ts';
import { candidatesOf, groupOf, surveyOf } from '../core/review/candidates.ts';
import type { TaskRecords } from '../core/store-ports.ts';

export function agentJob(records: TaskRecords, subtask: Subtask): AgentJob {
  const isPlanning = subtask.kind === 'plan' || subtask.kind === 'amend';
  return {
    task: records.task,
    subtask,
    plan: records.plan,
    teammates: isPlanning ? roundsBefore(records, subtask) : workDone(records),
    patches: patchesOf(records, subtask.dependsOn),
    decisions: records.messages.filter(({ kind }) => kind === 'decision'),
    review: reviewBrief(records, subtask),
    ...returnedWork(records, subtask),
    ...repairOrder(records, subtask),
  };
}

function workDone(records: TaskRecords): AgentJob['teammates'] {
  return records.subtasks.flatMap((other) => {
    const result = resultOf(records, other);
    return other.kind === 'work' && other.state === 'done' && result !== null
      ? [{ subtask: other, result }]
      : [];
  });
}

function returnedWork(records: TaskRecords, subtask: Subtask): Pick<AgentJob, 'returned'> {
  const setback = subtask.setbacks.at(-1);
  if (setback === undefined) return {};
  const outcome = resultOf(records, subtask)?.outcome;
  return { returned: { setback, patch: outcome?.kind === 'patch' ? outcome.patch : '' } };
}

function repairOrder(records: TaskRecords, subtask: Subtask): Pick<AgentJob, 'repair'> {
  const repair = repairOf(records, subtask);
  return repair === null ? {} : { repair };
}

function reviewBrief(records: TaskRecords, subtask: Subtask): ReviewBrief | null {
  if (subtask.kind !== 'review' && subtask.kind !== 'refute') return null;
  const survey = surveyOf(records);
  if (survey === null) throw new Error(`${subtask.key} has no survey to go by`);
  const candidates = subtask.kind === 'refute' ? candidatesOf(records, groupOf(subtask)) : [];
  return { survey, candidates };
}
