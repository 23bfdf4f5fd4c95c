/** Outcomes of checks, workflows and deployments. */
import type { Handler } from '../probot/handler.ts';

export const handler: Handler = {
  on: [
    'check_suite.completed',
    'check_run.completed',
    'workflow_run.completed',
    'status',
    'deployment_status.created',
  ],
  handle: (event, desk) => desk.decide(event),
};
