/** Reviews by others: a person speaks, who ends an automatic pause. Commands are read in comments only. */
import type { Handler } from '../probot/handler.ts';

export const handler: Handler = {
  on: ['pull_request_review.submitted'],
  handle: (event, desk) => desk.decide(event),
};
