/** Lists the commands, from their own files. */
import { helpComment } from '../../core/messages/commands.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'help',
  summary: 'Lists the commands.',
  usage: '/crew help',
  access: 'read',
  on: ['issue', 'pull_request'],
  onlyOpen: false,
  run: async (context) => [context.reply(helpComment(context.commands, context.roles))],
};
