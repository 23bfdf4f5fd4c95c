/** Shows the configuration in effect, where each value comes from, and what is wrong with the file. */
import { configComment } from '../../core/messages/commands.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'config',
  summary: 'Shows the configuration in effect and where each value comes from.',
  usage: '/crew config',
  access: 'triage',
  on: ['issue', 'pull_request'],
  onlyOpen: false,
  run: async (context) => [context.reply(configComment(context.config))],
};
