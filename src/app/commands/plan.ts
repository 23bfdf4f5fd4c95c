/** Plans the issue and waits for approval; revises a plan that waits, or answers what was asked instead of one. */
import { isOpen } from '../../core/decide/requests.ts';
import { UserError } from '../../core/errors.ts';
import { workRuns } from '../../core/messages/commands.ts';
import type { Command } from '../command.ts';
import { reviseWaitingPlan } from '../revise-waiting-plan.ts';
import { startImplement } from '../start-implement.ts';

export const command: Command = {
  name: 'plan',
  summary:
    'Plans this issue and waits for approval; has a plan that waits revised, or answers the question that was asked.',
  usage: '/crew plan [note | what to change | answer]',
  access: 'write',
  on: ['issue'],
  onlyOpen: true,
  run: async (context, note) => {
    const open = context.tasks.find((task) => task.kind === 'implement' && isOpen(task));
    if (open === undefined) return startImplement(context, 'required', note);
    if (open.state === 'awaiting_approval' || open.state === 'awaiting_answer') {
      return reviseWaitingPlan(context, open, note);
    }
    throw new UserError(workRuns(open));
  },
};
