/** An entry of `gates:` in `.github/crew.yml`. Pure. */
import { z } from 'zod';
import { SEVERITIES } from '../answers.ts';
import { glob, LIST_MAX, list, short } from '../review-config.ts';

const HOST = /^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/i;

const smokeCheck = z
  .strictObject({
    path: short()
      .regex(/^\/(?!\/)/, 'a path begins with one slash')
      .describe("What is asked for, below the deployment's URL."),
    method: z.enum(['GET', 'HEAD']).default('GET').describe('How.'),
    status: z.int().min(100).max(599).default(200).describe('The status that must come back.'),
    contains: short().optional().describe('Text that must stand in the answer.'),
    timeout_seconds: z.int().min(1).max(60).default(10).describe('Seconds for one try.'),
  })
  .refine(({ method, contains }) => method === 'GET' || contains === undefined, {
    error: 'an answer to HEAD has no text to look for: use GET',
    path: ['contains'],
  });

const name = short()
  .regex(/^[\w][\w .-]{0,59}$/, 'up to 60 letters, digits, spaces, dots and dashes')
  .describe('Names the check run: `crew / <name>`.');

const onDeployment = z.strictObject({
  name,
  on: z.literal('deployment').describe('A deployment that succeeded.'),
  environments: list(glob()).default([]).describe('Globs of environments. Empty: all.'),
  hosts: list(short().regex(HOST, 'a host, with a port where it needs one'))
    .min(1)
    .describe('Hosts that may be asked; a deployment elsewhere is not.'),
  checks: z.array(smokeCheck).min(1).max(LIST_MAX).describe('What is asked, and what must come back.'),
});

const onPush = z.strictObject({
  name,
  on: z.literal('push').describe('A push.'),
  branches: list(glob()).min(1).describe('Globs of branches.'),
  fail_on: z.enum(SEVERITIES).default('high').describe('The least severity that fails the check run.'),
});

export const gateSchema = z.discriminatedUnion('on', [onDeployment, onPush]);
