/** Takes the newest task that failed, was stopped or ran out of money up again; what it had done is kept, or done again from a subtask on. */
import { isOpen, isRetryable, isReviewOf, isSameWork } from '../../core/decide/requests.ts';
import { UserError } from '../../core/errors.ts';
import { nothingToRetry, workRuns } from '../../core/messages/commands.ts';
import { roundIsBehind } from '../../core/messages/fix.ts';
import * as say from '../../core/messages/steering.ts';
import type { Task } from '../../core/records.ts';
import type { Command, CommandContext } from '../command.ts';

const FROM = /^from\s+`?([\w-]{1,60})`?$/i;

export const command: Command = {
  name: 'retry',
  summary:
    'Takes the newest task here up again if it failed, was stopped or ran out of money, keeping what it had done; `from` a subtask on, that is done again.',
  usage: '/crew retry [from <subtask>]',
  access: 'write',
  on: ['issue', 'pull_request'],
  onlyOpen: true,
  run: async (context, args) => {
    const from = args === '' ? null : (FROM.exec(args)?.[1] ?? '');
    if (from === '') throw new UserError(say.retryUsage);
    const ended = await newestToRetry(context);
    if (ended === undefined) throw new UserError(await whyNothing(context, from));
    if (await isBehind(context, ended)) throw new UserError(roundIsBehind);
    const running = context.tasks.find((task) => isOpen(task) && isSameWork(task, ended));
    if (running !== undefined) throw new UserError(workRuns(running));
    const { per_task_usd: budgetUsd, per_month_usd: monthUsd = null } = context.config.config.budget;
    const again = from === null ? {} : { from: await subtaskKey(context, ended, from) };
    return [{ kind: 'reopen_task', taskId: ended.id, budgetUsd, monthUsd, ...again }];
  },
};

/** Of each kind of work only the newest counts, and of reviews only those of the present head: the rest is history. */
async function newestToRetry({ repository, subject, tasks, reader }: CommandContext) {
  const reviews = tasks.filter(({ kind }) => kind === 'review');
  const present =
    reviews.length === 0 ? null : isReviewOf(await reader.pullRequest(repository, subject.number));
  const current = tasks.filter((task) => task.kind !== 'review' || present?.(task));
  return current.find((task) => isRetryable(task) && task === current.find(({ kind }) => kind === task.kind));
}

/** A round pushes onto the head that it began with, and onto no other. */
async function isBehind({ repository, subject, reader, records }: CommandContext, { id, request }: Task) {
  if (request.kind !== 'fix') return false;
  const effects = (await records(id))?.effects ?? [];
  if (effects.some(({ action, outcome }) => action.kind === 'push_branch' && outcome !== null)) return false;
  const state = await reader.pullState(repository, subject.number);
  return state?.headSha !== request.pullRequest.headSha;
}

/** Whoever names a subtask of work that is done is told why it stays as it is. */
async function whyNothing({ tasks, records }: CommandContext, from: string | null): Promise<string> {
  const newest = tasks.find(({ kind }) => kind === 'implement');
  if (from === null || newest?.state !== 'done') return nothingToRetry;
  const effects = (await records(newest.id))?.effects ?? [];
  return say.doneIsDone(
    effects.some(({ action, outcome }) => action.kind === 'open_pull_request' && outcome !== null),
  );
}

/** As it is written in the checklist. A plan is made anew by `/crew plan`, and what code does follows from the work. */
async function subtaskKey({ records }: CommandContext, task: Task, wanted: string): Promise<string> {
  const known = await records(task.id);
  const keys = (known?.subtasks ?? []).filter(({ kind }) => kind === 'work').map(({ key }) => key);
  const key = keys.find((candidate) => candidate.toLowerCase() === wanted.toLowerCase());
  if (key === undefined) throw new UserError(say.noSuchSubtask(wanted, keys));
  // A branch that was built of the old work would be published in the place of the new.
  if (known?.effects.some(({ action }) => action.kind === 'push_branch'))
    throw new UserError(say.outcomeLeft);
  return key;
}
