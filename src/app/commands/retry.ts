/** Takes the newest task that failed, was stopped or ran out of money up again; what it had done is kept. */
import { isOpen, isRetryable, isReviewOf, isSameWork } from '../../core/decide/requests.ts';
import { UserError } from '../../core/errors.ts';
import { nothingToRetry, workRuns } from '../../core/messages/commands.ts';
import type { Command, CommandContext } from '../command.ts';

export const command: Command = {
  name: 'retry',
  summary:
    'Takes the newest task here up again if it failed, was stopped or ran out of money, keeping what it had done.',
  usage: '/crew retry',
  access: 'write',
  on: ['issue', 'pull_request'],
  onlyOpen: true,
  run: async (context) => {
    const ended = await newestToRetry(context);
    if (ended === undefined) throw new UserError(nothingToRetry);
    const running = context.tasks.find((task) => isOpen(task) && isSameWork(task, ended));
    if (running !== undefined) throw new UserError(workRuns(running));
    const budgetUsd = context.config.config.budget.per_task_usd;
    return [{ kind: 'reopen_task', taskId: ended.id, budgetUsd }];
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
