/** From a pull request to one review: a survey, reviewers for each group of files, a second look at what they found, publishing. Pure. */

import { approvalEnd } from '../messages/approval-end.ts';
import { reviewEffects } from '../outcome-effects.ts';
import type { TaskConfig } from '../request-records.ts';
import { candidatesOf } from '../review/candidates.ts';
import { assembledOf } from '../review/review-assembly.ts';
import { carriedSince } from '../review/review-plan.ts';
import type { FileGroup, Survey } from '../review/review-records.ts';
import { refuteKey, reviewKey } from '../review/review-subtasks.ts';
import { trackingOf } from '../review/track-findings.ts';
import { ableTo } from '../roles.ts';
import type { TaskRecords } from '../store-ports.ts';
import { failedSteps } from './failure.ts';
import { publishSteps } from './publish.ts';
import type { Step, StepContext } from './step.ts';
import { add, inState, isOpen, move, ofKind, outcomeOf } from './step.ts';

export function firstOfReview(): readonly Step[] {
  return [
    move('working'),
    add({
      key: 'survey',
      kind: 'survey',
      role: 'strategist',
      title: 'List the changed files',
      goal: 'Compare the head with the merge base.',
    }),
  ];
}

export function reviewSteps(records: TaskRecords, context: StepContext): readonly Step[] {
  const { task } = records;
  const surveyed = outcomeOf(records, 'survey');
  if (surveyed?.kind !== 'survey') return inState(task, 'working');
  const { survey } = surveyed;
  if (survey.groups.length === 0) return publishReview(records, nothingRead(survey));
  const reviews = ofKind(records, 'review');
  if (reviews.length === 0) return [addReviews(survey, context)];
  if (reviews.some(isOpen)) return inState(task, 'working');
  if (reviews.every((subtask) => subtask.state === 'failed')) return failedSteps(records, reviews);
  const unchecked = survey.groups.filter((group) => wantsSecondLook(records, survey, group));
  if (unchecked.length > 0) return [addRefutes(survey, unchecked, context, task.request.config)];
  if (ofKind(records, 'refute').some(isOpen)) return inState(task, 'working');
  return publishReview(records, null);
}

/** Also where nothing was read: an earlier finding is settled when its file is no longer part of the pull request. */
function publishReview(records: TaskRecords, reason: string | null): readonly Step[] {
  const { request } = records.task;
  return publishSteps(records, {
    effects: reviewEffects(records),
    tracking: trackingOf(records),
    endsApproval: () =>
      request.kind === 'review' ? approvalEnd(request.pullRequest.headSha, assembledOf(records)) : null,
    reason,
  });
}

function nothingRead({ manifest, since }: Survey): string {
  const carried = manifest.some((entry) => carriedSince(entry) !== null);
  return since !== null && carried
    ? `Nothing changed since ${since.headSha.slice(0, 7)} that the crew reads.`
    : 'No changed file is one that the crew reads.';
}

function addReviews(survey: Survey, { roles }: StepContext): Step {
  const reviews = survey.groups.flatMap((group) =>
    group.reviewers.map((role) => ({
      key: reviewKey(survey, group, role),
      kind: 'review' as const,
      role,
      title: `Review as ${roles.find((known) => known.name === role)?.title ?? role}`,
      goal: 'Find the faults that would hurt at run time.',
      files: group.paths,
      dependsOn: ['survey'],
    })),
  );
  return add(...reviews);
}

function wantsSecondLook(records: TaskRecords, survey: Survey, group: FileGroup): boolean {
  const key = refuteKey(survey, group);
  if (records.subtasks.some((subtask) => subtask.key === key)) return false;
  return candidatesOf(records, group.index).length > 0;
}

function addRefutes(
  survey: Survey,
  groups: readonly FileGroup[],
  { roles }: StepContext,
  config: TaskConfig,
): Step {
  const able = ableTo('review', roles, config);
  const doubter = ['qa', 'architect'].find((name) => able.some((role) => role.name === name));
  const refutes = groups.map((group) => ({
    key: refuteKey(survey, group),
    kind: 'refute' as const,
    role: doubter ?? group.reviewers[0] ?? 'architect',
    title: 'Try to refute what was found',
    goal: 'Hold each finding against the code and drop what does not stand.',
    files: group.paths,
    dependsOn: ['survey'],
  }));
  return add(...refutes);
}
