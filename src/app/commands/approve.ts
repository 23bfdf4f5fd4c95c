/** Approves the plan that waits, bound to its hash and to the commit that it was made for. */
import { UserError } from '../../core/errors.ts';
import { nothingAwaitsApproval, questionWaits } from '../../core/messages/commands.ts';
import { approveWaitingPlan } from '../approve-waiting-plan.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'approve',
  summary: 'Approves the plan that waits here; the crew starts to work.',
  usage: '/crew approve',
  access: 'write',
  on: ['issue'],
  onlyOpen: true,
  run: async (context, words) => {
    const waiting = context.tasks.find((task) => task.state === 'awaiting_approval');
    if (waiting !== undefined) return approveWaitingPlan(context, waiting, words);
    const isAsking = context.tasks.some((task) => task.state === 'awaiting_answer');
    throw new UserError(isAsking ? questionWaits : nothingAwaitsApproval);
  },
};
