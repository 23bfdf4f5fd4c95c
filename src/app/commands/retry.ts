/** Takes the newest task that failed, was stopped or ran out of money up again; what it had done is kept. */
import { isOpen, isRetryable } from '../../core/decide/requests.ts';
import { UserError } from '../../core/errors.ts';
import { nothingToRetry, workRuns } from '../../core/messages/commands.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'retry',
  summary: 'Takes the newest failed or stopped task here up again, keeping what it had done.',
  usage: '/crew retry',
  access: 'write',
  on: ['issue', 'pull_request'],
  onlyOpen: true,
  run: async (context) => {
    const ended = context.tasks.find(isRetryable);
    if (ended === undefined) throw new UserError(nothingToRetry);
    const running = context.tasks.find((task) => task.kind === ended.kind && isOpen(task));
    if (running !== undefined) throw new UserError(workRuns(running));
    return [{ kind: 'reopen_task', taskId: ended.id }];
  },
};
