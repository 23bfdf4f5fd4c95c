/** Pull requests are reviewed when they are opened, pushed to or labelled, or have another target. */
import type { Handler } from '../probot/handler.ts';

export const handler: Handler = {
  on: [
    'pull_request.opened',
    'pull_request.ready_for_review',
    'pull_request.synchronize',
    'pull_request.reopened',
    'pull_request.edited',
    'pull_request.labeled',
    'pull_request.unlabeled',
    'pull_request.closed',
  ],
  handle: (event, desk) => desk.decide(event),
};
