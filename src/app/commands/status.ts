/** Says what the crew was asked for here and how far it is. */
import { statusComment } from '../../core/messages/commands.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'status',
  summary: 'Lists the tasks here with their state and cost.',
  usage: '/crew status',
  access: 'triage',
  on: ['issue', 'pull_request'],
  onlyOpen: false,
  run: async (context) => [context.reply(statusComment(context.tasks))],
};
