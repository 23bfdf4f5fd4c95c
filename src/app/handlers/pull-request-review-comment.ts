/** Comments on lines of a diff hold commands too, or answer a finding. */
import type { Handler } from '../probot/handler.ts';

export const handler: Handler = {
  on: ['pull_request_review_comment.created', 'pull_request_review_comment.edited'],
  handle: (event, desk) => desk.decide(event),
};
