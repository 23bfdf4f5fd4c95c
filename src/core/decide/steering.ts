/** Whose agents hear what people say while they work, and comments that are such words. Pure. */
import type { CommentEvent } from '../event.ts';
import { isOpen } from '../next-steps/step.ts';
import { allows } from '../permissions.ts';
import type { Subtask, SubtaskKind, Task } from '../records.ts';
import type { TaskRecords } from '../store-ports.ts';
import { decideAnswer } from './answers.ts';
import { decided, type Facts, has, ignored, needs, type Verdict } from './facts.ts';
import { commentKey, mark } from './requests.ts';

/** In the others people are waited for, or nobody is left to read. */
const HEARING: readonly Task['state'][] = ['queued', 'planning', 'working', 'verifying'];

/** No agent is there to read. */
const RUN_BY_CODE: readonly SubtaskKind[] = ['survey', 'verify', 'smoke'];

export function hears(task: Task): boolean {
  return HEARING.includes(task.state);
}

/** Subtasks whose agents will read what is said now; of a task that is not planned yet, those of later are not known. */
export function hearers({ subtasks }: TaskRecords, role: string | null): readonly Subtask[] {
  return subtasks.filter(
    (subtask) =>
      isOpen(subtask) && !RUN_BY_CODE.includes(subtask.kind) && (role === null || subtask.role === role),
  );
}

/** Whether subtasks may be added yet, so that nobody can say who will have none. */
export function isUnplanned(task: Task): boolean {
  return task.state === 'queued' || task.state === 'planning';
}

/** A comment without a command on an issue: the answer that the Strategist waits for, or word to those at work. */
export function decideWord(event: CommentEvent, facts: Facts, otherwise: string): Verdict {
  if (!has(facts, 'tasks')) return needs('tasks');
  const isAsked = facts.tasks.some(({ state }) => state === 'awaiting_answer');
  return isAsked ? decideAnswer(event, facts) : decideMail(event, facts, otherwise);
}

/** A plain comment on an issue at work reaches its agents as mail, when its author may write; `otherwise` says why nothing is done. */
function decideMail(event: CommentEvent, facts: Facts, otherwise: string): Verdict {
  const { repository, sender, subject, commentId, body } = event;
  const isWord = event.action === 'created' && !sender.isBot && event.open && body.trim() !== '';
  if (subject.kind !== 'issue' || !isWord) return ignored(otherwise);
  if (!has(facts, 'tasks')) return needs('tasks');
  const hearing = facts.tasks.filter((task) => task.request.kind === 'implement' && hears(task));
  if (hearing.length === 0) return ignored(otherwise);
  if (!has(facts, 'seen')) return needs('seen');
  if (facts.seen) return ignored('this comment was passed on before', sender.login);
  if (!has(facts, 'permission')) return needs('permission');
  if (!allows(facts.permission, 'write')) {
    return ignored(`${sender.login} lacks write access: the agents at work do not read this`, sender.login);
  }
  return decided({
    decided: 'change',
    reason: `${sender.login} commented while the crew works: its agents read it`,
    actor: sender.login,
    changes: [
      mark(repository, commentKey(event), { on: 'issue_comment', commentId }, 'eyes'),
      ...hearing.map((task) => ({ kind: 'send_message', taskId: task.id, body }) as const),
    ],
  });
}
