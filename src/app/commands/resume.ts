/** Ends a pause, asked for or automatic, and reviews the present head if that was not done yet. */
import { isOpen, isReviewed, isReviewOf } from '../../core/decide/requests.ts';
import { UserError } from '../../core/errors.ts';
import { notPaused, resumedReviewed } from '../../core/messages/commands.ts';
import type { Command } from '../command.ts';
import { startReview } from '../start-review.ts';

export const command: Command = {
  name: 'resume',
  summary: 'Lets reviews follow pushes again, and reviews the present commit.',
  usage: '/crew resume',
  access: 'triage',
  on: ['pull_request'],
  onlyOpen: true,
  run: async (context) => {
    const { repository, subject, watch, tasks, reader, reply } = context;
    if (watch.paused === null) throw new UserError(notPaused);
    const of = { repositoryId: repository.id, number: subject.number };
    const resume = { kind: 'resume_reviews', of } as const;
    const pullRequest = await reader.pullRequest(repository, subject.number);
    const runs = tasks.filter(isReviewOf(pullRequest)).some(isOpen);
    if (runs || isReviewed(pullRequest, tasks)) return [resume, reply(resumedReviewed(pullRequest.headSha))];
    return [resume, ...(await startReview(context, pullRequest, false))];
  },
};
