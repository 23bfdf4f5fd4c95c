/** Plans the issue and waits for approval; a plan that waits already is replaced. */
import { isOpen, stopAll } from '../../core/decide/requests.ts';
import { UserError } from '../../core/errors.ts';
import { replacedByPlan, workRuns } from '../../core/messages/commands.ts';
import type { Command } from '../command.ts';
import { startImplement } from '../start-implement.ts';

export const command: Command = {
  name: 'plan',
  summary: 'Plans this issue and waits for approval; replaces a plan that waits.',
  usage: '/crew plan [note]',
  access: 'write',
  on: ['issue'],
  onlyOpen: true,
  run: async (context, note) => {
    const open = context.tasks.filter((task) => task.kind === 'implement' && isOpen(task));
    const working = open.find((task) => task.state !== 'awaiting_approval');
    if (working !== undefined) throw new UserError(workRuns(working));
    return [...stopAll(open, replacedByPlan), ...(await startImplement(context, 'required', note))];
  },
};
