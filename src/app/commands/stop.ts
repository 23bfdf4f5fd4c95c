/** Stops everything that runs here. */
import { askedBy, stopAll } from '../../core/decide/requests.ts';
import { UserError } from '../../core/errors.ts';
import { nothingToStop, stoppedBy } from '../../core/messages/commands.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'stop',
  summary: 'Stops everything that runs here.',
  usage: '/crew stop',
  access: 'write',
  on: ['issue', 'pull_request'],
  onlyOpen: false,
  run: async (context) => {
    const changes = stopAll(askedBy(context.tasks, context.writtenAt), stoppedBy(context.actor));
    if (changes.length === 0) throw new UserError(nothingToStop);
    return changes;
  },
};
