/** Outcomes of checks, workflows and deployments, and pushes. */
import type { Handler } from '../probot/handler.ts';

export const handler: Handler = {
  on: [
    'check_suite.completed',
    'check_run.completed',
    'workflow_run.completed',
    'status',
    'deployment_status.created',
    'push',
  ],
  handle: (event, desk) => desk.decide(event),
};
