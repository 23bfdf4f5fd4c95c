/** Pushes to branches: what is to be merged into one may no longer fit. */
import type { Handler } from '../probot/handler.ts';

export const handler: Handler = {
  on: ['push'],
  handle: (event, desk) => desk.decide(event),
};
