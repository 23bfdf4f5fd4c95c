/** The roles and the moment that tests of the plan of a task share. */
import type { StepContext } from '../../src/core/next-steps/step.ts';
import type { Role } from '../../src/core/roles.ts';

const role = (name: string, paths: readonly string[], produces: Role['produces']): Role => ({
  name,
  title: name,
  tier: name === 'architect' || name === 'strategist' ? 1 : 2,
  purpose: '',
  produces,
  tools: [],
  skills: [],
  paths,
  limits: { maxTurns: 10, maxOutputTokens: 1000, maxMinutes: 5, maxCostUsd: 1 },
  mandate: '',
});

export const ROLES: readonly Role[] = [
  role('strategist', [], ['plan']),
  role('architect', [], ['review', 'answer']),
  role('backend', ['server/**'], ['work', 'review']),
  role('database', ['db/**'], ['work', 'review']),
  role('frontend', ['web/**'], ['work', 'review']),
  role('qa', ['test/**'], ['work', 'review']),
];

export const context: StepContext = {
  now: new Date('2026-01-01T01:00:00Z'),
  roles: ROLES,
  mostCostUsd: () => 0.5,
};
