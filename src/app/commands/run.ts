/** Does the issue without waiting for approval; approves a plan that waits. */
import { isOpen } from '../../core/decide/requests.ts';
import { UserError } from '../../core/errors.ts';
import { questionWaits, workRuns } from '../../core/messages/commands.ts';
import { approveWaitingPlan } from '../approve-waiting-plan.ts';
import type { Command } from '../command.ts';
import { startImplement } from '../start-implement.ts';

export const command: Command = {
  name: 'run',
  summary: 'Does this issue without waiting for approval; approves a plan that waits.',
  usage: '/crew run [note]',
  access: 'write',
  on: ['issue'],
  onlyOpen: true,
  run: async (context, note) => {
    const open = context.tasks.find((task) => task.kind === 'implement' && isOpen(task));
    if (open === undefined) return startImplement(context, 'auto', note);
    if (open.state === 'awaiting_approval') return approveWaitingPlan(context, open, note);
    throw new UserError(open.state === 'awaiting_answer' ? questionWaits : workRuns(open));
  },
};
