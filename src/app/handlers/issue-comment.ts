/** Comments on issues and pull requests hold commands; an edit runs those that it added. */
import type { Handler } from '../probot/handler.ts';

export const handler: Handler = {
  on: ['issue_comment.created', 'issue_comment.edited'],
  handle: (event, desk) => desk.decide(event),
};
