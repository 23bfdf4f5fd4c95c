/** Reviews the pull request's present head, also when it was reviewed before. */
import { isOpen, isReviewOf, reviewTask, supersede } from '../../core/decide/requests.ts';
import { UserError } from '../../core/errors.ts';
import { reviewRuns } from '../../core/messages/commands.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'review',
  summary: 'Reviews the present head of this pull request, again if need be.',
  usage: '/crew review',
  access: 'triage',
  on: ['pull_request'],
  onlyOpen: true,
  run: async (context) => {
    const { repository, subject, tasks, requestKey, config } = context;
    const pullRequest = await context.reader.pullRequest(repository, subject.number);
    const { headSha } = pullRequest;
    if (tasks.filter(isReviewOf(headSha)).some(isOpen)) throw new UserError(reviewRuns(headSha));
    const asked = { repository, requestKey, requester: context.actor, config };
    return [...supersede(tasks, headSha), ...reviewTask(asked, pullRequest)];
  },
};
