/** Resolving a finding's thread dismisses the finding; taking that back opens it again. */
import type { Handler } from '../probot/handler.ts';

export const handler: Handler = {
  on: ['pull_request_review_thread.resolved', 'pull_request_review_thread.unresolved'],
  handle: (event, desk) => desk.decide(event),
};
