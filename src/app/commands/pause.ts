/** Pauses the reviews that follow pushes; one that runs is finished. */
import { UserError } from '../../core/errors.ts';
import { pausedAlready, reviewsPaused } from '../../core/messages/commands.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'pause',
  summary: 'Lets pushes to this pull request start no review until `/crew resume`.',
  usage: '/crew pause',
  access: 'triage',
  on: ['pull_request'],
  onlyOpen: true,
  run: async (context) => {
    const { repository, subject, watch, reply } = context;
    if (watch.paused === 'asked') throw new UserError(pausedAlready(watch.pausedBy));
    const of = { repositoryId: repository.id, number: subject.number };
    return [{ kind: 'pause_reviews', of, why: 'asked' }, reply(reviewsPaused)];
  },
};
