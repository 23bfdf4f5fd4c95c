/** Reviews the pull request's present head: what is new since the last review, or all of it. */
import { isAnsweredBy, isOpen, isReviewed, isReviewOf } from '../../core/decide/requests.ts';
import { UserError } from '../../core/errors.ts';
import { reviewedAlready, reviewRuns, reviewUsage } from '../../core/messages/commands.ts';
import type { Command } from '../command.ts';
import { startReview } from '../start-review.ts';

export const command: Command = {
  name: 'review',
  summary: 'Reviews what is new here since the last review; `full` reads all of it again.',
  usage: '/crew review [full]',
  access: 'triage',
  on: ['pull_request'],
  onlyOpen: true,
  run: async (context, args) => {
    const full = args.toLowerCase() === 'full';
    if (!full && args !== '') throw new UserError(reviewUsage);
    const { repository, subject, tasks, reader } = context;
    const pullRequest = await reader.pullRequest(repository, subject.number);
    const { headSha } = pullRequest;
    if (isAnsweredBy(tasks, pullRequest, context.writtenAt)) return [];
    if (tasks.filter(isReviewOf(pullRequest)).some(isOpen)) throw new UserError(reviewRuns(headSha));
    if (!full && isReviewed(pullRequest, tasks)) throw new UserError(reviewedAlready(headSha));
    return startReview(context, pullRequest, full);
  },
};
