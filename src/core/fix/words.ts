/** Which of the words that a round is about have their answer, and what that is. Pure. */

import type { AgentJob } from '../agent-ports.ts';
import type { WorkAnswer } from '../answers.ts';
import type { Answered } from '../messages/fix.ts';
import type { Feedback, FixRequest } from '../request-records.ts';
import { resultOf } from '../result-of.ts';
import type { TaskRecords } from '../store-ports.ts';

/** Those that no specialist has answered yet, oldest first. */
export function unansweredOf({ feedback }: FixRequest, answers: readonly WorkAnswer[]): readonly Feedback[] {
  const ids = new Set(answers.flatMap(({ replies = [] }) => replies.map(({ id }) => id)));
  return feedback.filter(({ id }) => !ids.has(id));
}

/** What specialists answered so far, in the order of their subtasks. */
export function answersOf(records: Pick<TaskRecords, 'subtasks' | 'results'>): readonly WorkAnswer[] {
  return records.subtasks.flatMap((subtask) => {
    const outcome = resultOf(records, subtask)?.outcome;
    return subtask.state === 'done' && outcome?.kind === 'patch' ? [outcome.answer] : [];
  });
}

/** The newest answer to a word holds. */
export function answered({ feedback }: FixRequest, answers: readonly WorkAnswer[]): readonly Answered[] {
  const replies = new Map(answers.flatMap(({ replies = [] }) => replies.map((reply) => [reply.id, reply])));
  return feedback.map((word) => {
    const reply = replies.get(word.id);
    return { word, done: reply?.done ?? false, text: reply?.text ?? null };
  });
}

/** Those that an agent is to answer, as far as they were known when it began; none where it mends what was found after the work. */
export function wordsOf({
  task,
  subtask,
  teammates,
}: Pick<AgentJob, 'task' | 'subtask' | 'teammates'>): readonly Feedback[] {
  if (task.request.kind !== 'fix' || !isAnswering(subtask.key)) return [];
  const answers = teammates.flatMap(({ result: { outcome } }) => {
    return outcome.kind === 'patch' ? [outcome.answer] : [];
  });
  return unansweredOf(task.request, answers);
}

/** Work of a round itself, and not what mends the checks after it. */
export function isAnswering(key: string): boolean {
  return /^work(?:-\d+)?$/.test(key);
}

/** What is wrong with an answer to some words, for the specialist to mend. */
export function wordProblems(answer: WorkAnswer, asked: readonly Feedback[]): readonly string[] {
  const replies = answer.replies ?? [];
  return asked.flatMap(({ id, author }) => {
    const reply = replies.find((candidate) => candidate.id === id);
    if (reply === undefined) return [`\`replies\` has no entry for the comment ${id} by ${author}.`];
    return reply.text.trim() === '' ? [`The reply to the comment ${id} by ${author} has no text.`] : [];
  });
}
