/** Labels start and stop work on an issue; its closing stops it. */
import type { Handler } from '../probot/handler.ts';

export const handler: Handler = {
  on: ['issues.labeled', 'issues.unlabeled', 'issues.opened', 'issues.edited', 'issues.closed'],
  handle: (event, desk) => desk.decide(event),
};
