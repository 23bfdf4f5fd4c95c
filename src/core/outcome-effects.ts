/** What GitHub is told when a task's work is complete, as effects with natural keys. Pure. */
import type { AskAnswer } from './answers.ts';
import { branchName } from './commits.ts';
import { inlineText, modelText, usd } from './messages/format.ts';
import { pullRequestBody, pullRequestTitle } from './messages/pull-request.ts';
import { assembledOf, findingComment, reviewBody } from './messages/review.ts';
import type { NewEffect, TaskRecords } from './ports.ts';

const ANSWER_LIMIT = 20_000;

/** A branch, then the draft pull request upon it. */
export function implementEffects(records: TaskRecords): readonly NewEffect[] {
  const { task } = records;
  const checks = records.results.find((result) => result.outcome.kind === 'checks')?.outcome;
  if (task.request.kind !== 'implement' || checks?.kind !== 'checks') return [];
  const { request } = task;
  const branch = branchName(task, request.issue.title);
  const push = `branch:${task.id}:${checks.headSha}`;
  return [
    {
      ...effectOf(records, push),
      action: { kind: 'push_branch', branch, baseSha: request.baseSha, headSha: checks.headSha },
    },
    {
      ...effectOf(records, `pull-request:${task.id}`),
      after: push,
      action: {
        kind: 'open_pull_request',
        branch,
        base: request.baseBranch,
        title: pullRequestTitle(request),
        body: pullRequestBody(records, request, checks),
        draft: true,
      },
    },
  ];
}

/** One review, or none where there is nothing to say: the check run alone then tells it. */
export function reviewEffects(records: TaskRecords): readonly NewEffect[] {
  const { task } = records;
  if (task.request.kind !== 'review') return [];
  const review = assembledOf(records);
  if (review.inline.length + review.folded.length === 0) return [];
  return [
    {
      ...effectOf(records, `review:${task.id}`),
      action: {
        kind: 'review',
        number: task.subject.number,
        headSha: task.request.pullRequest.headSha,
        event: 'COMMENT',
        body: reviewBody(records, review),
        comments: review.inline.map((reported) => ({
          path: reported.anchor.path,
          side: reported.anchor.side,
          startLine: reported.anchor.startLine,
          line: reported.anchor.line,
          body: findingComment(reported),
        })),
      },
    },
  ];
}

export function askEffects(records: TaskRecords, answer: AskAnswer): readonly NewEffect[] {
  const { task } = records;
  return [
    {
      ...effectOf(records, `answer:${task.id}`),
      action: { kind: 'comment', number: task.subject.number, body: answerBody(records, answer) },
    },
  ];
}

function answerBody({ task, subtasks }: TaskRecords, { answer }: AskAnswer): string {
  const role = subtasks.find((subtask) => subtask.kind === 'answer')?.role ?? 'crew';
  return `${modelText(answer, ANSWER_LIMIT)}\n\n<sub>Answered by ${inlineText(role, 40)} · ${usd(task.costUsd)} of ${usd(task.budgetUsd)} · task ${task.id}</sub>`;
}

function effectOf(records: TaskRecords, key: string): Omit<NewEffect, 'action'> {
  return { key, taskId: records.task.id, repository: records.task.repository };
}
