/** What GitHub is told when a task's work is complete, as effects with natural keys. Pure. */
import type { AskAnswer } from './answers.ts';
import { NEEDS_HUMAN } from './decide/own-pulls.ts';
import type { NewEffect } from './effect-ports.ts';
import type { ReviewComment } from './effect-records.ts';
import { findingComment } from './messages/finding-comment.ts';
import { inlineText, modelText, usd } from './messages/format.ts';
import { pullRequestBody, pullRequestTitle } from './messages/pull-request.ts';
import { replyBody } from './messages/reply.ts';
import { reviewBody } from './messages/review-body.ts';
import type { Checks } from './next-steps/checked.ts';
import { auditedOf, checkedOf, humanReasons } from './next-steps/checked.ts';
import type { Task } from './records.ts';
import { reviewEffectKey } from './review/lift-block.ts';
import { assembledOf, type Inline } from './review/review-assembly.ts';
import { eventOf } from './review/review-verdict.ts';
import type { TaskRecords } from './store-ports.ts';

const ANSWER_LIMIT = 20_000;

/** A branch, then the draft pull request upon it; and, once that is open, what becomes of it. */
export function implementEffects(records: TaskRecords): readonly NewEffect[] {
  const { task } = records;
  const checks = checkedOf(records);
  if (task.request.kind !== 'implement' || checks === null) return [];
  const { request } = task;
  const { branch, baseSha, config } = request;
  const push = `branch:${task.id}:${checks.headSha}`;
  const opening = `pull-request:${task.id}`;
  return [
    {
      ...effectOf(records, push),
      action: {
        kind: 'push_branch',
        branch,
        baseSha,
        treeSha: checks.treeSha,
        how: config.commits,
        onto: null,
        force: false,
      },
    },
    {
      ...effectOf(records, opening),
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
    ...afterOpening(records, checks, opening),
  ];
}

/** The number of the pull request is known only once it is open. */
function afterOpening(records: TaskRecords, checks: Checks, opening: string): readonly NewEffect[] {
  const { task, effects } = records;
  const number = effects.find(({ key }) => key === opening)?.outcome?.number;
  if (number === undefined) return [];
  if (humanReasons(records).length > 0) {
    return [
      {
        ...effectOf(records, `needs-human:${task.id}`),
        after: opening,
        action: { kind: 'add_labels', number, labels: [NEEDS_HUMAN] },
      },
    ];
  }
  if (!isReady(records, checks)) return [];
  return [
    {
      ...effectOf(records, `ready:${task.id}`),
      after: opening,
      action: { kind: 'ready_for_review', number, headSha: null },
    },
  ];
}

/** Where continuous integration runs, its word is waited for. A check that nobody ran has not passed. */
function isReady(records: TaskRecords, { runs, hasCi }: Checks): boolean {
  const passed = runs.length > 0 && runs.every(({ exitCode }) => exitCode === 0);
  return !hasCi && passed && auditedOf(records) !== 'failed';
}

/**
 * One review, or none where there is nothing to say: the check run alone then tells it. Beside it, the threads of findings that
 * were fixed are ended.
 */
export function reviewEffects(records: TaskRecords): readonly NewEffect[] {
  const { task } = records;
  if (task.request.kind !== 'review') return [];
  const { pullRequest, config } = task.request;
  const review = assembledOf(records);
  const event = eventOf(review, config, pullRequest.draft);
  const sha = pullRequest.headSha.slice(0, 7);
  const resolved = review.earlier.fixed.map(({ finding, left }) => {
    const why = left ? `No longer part of this pull request, as of ${sha}.` : `Fixed in ${sha}.`;
    return resolution(records, finding.fingerprint, 'outdated', why);
  });
  if (event === null) return resolved;
  const { headSha } = pullRequest;
  const action = { kind: 'review', number: task.subject.number, headSha, event } as const;
  const comments = review.inline.map(commentOf);
  return [
    {
      ...effectOf(records, reviewEffectKey(task)),
      action: { ...action, body: reviewBody(records, review), comments },
    },
    ...resolved,
  ];
}

function commentOf(published: Inline): ReviewComment {
  const { path, side, startLine, line } = published.anchor;
  return { path, side, startLine, line, body: findingComment(published) };
}

/** The answer in the thread; a finding that was withdrawn has its thread resolved after it. */
export function replyEffects(records: TaskRecords): readonly NewEffect[] {
  const { task } = records;
  const replied = records.results.find(({ outcome }) => outcome.kind === 'reply')?.outcome;
  if (task.request.kind !== 'reply' || replied?.kind !== 'reply') return [];
  const { commentId, finding } = task.request;
  const key = replyKey(task);
  const body = replyBody(records, replied.answer);
  const { number } = task.subject;
  const reply: NewEffect = {
    ...effectOf(records, key),
    action: { kind: 'thread_reply', number, commentId, body },
  };
  if (replied.answer.verdict !== 'withdrawn') return [reply];
  return [reply, { ...resolution(records, finding.fingerprint, 'always', null), after: key }];
}

export function replyKey(task: Task): string {
  return `reply:${task.id}`;
}

/** Named by its task: a finding that comes back may be ended again at the same head, by another task. */
function resolution(
  records: TaskRecords,
  fingerprint: string,
  when: 'outdated' | 'always',
  reply: string | null,
): NewEffect {
  const { number } = records.task.subject;
  return {
    ...effectOf(records, `resolve:${records.task.id}:${fingerprint}`),
    action: { kind: 'resolve_thread', number, fingerprint, when, reply },
  };
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

/** What every effect of a task has. */
export function effectOf({ task }: TaskRecords, key: string): Omit<NewEffect, 'action'> {
  return { key, taskId: task.id, repository: task.repository };
}
