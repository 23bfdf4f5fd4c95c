// The message_teammate tool: mail that a teammate at work reads before its next model call.
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { z } from 'zod';
import type { Teamwork } from '../../core/agent-ports.ts';
import { MESSAGE_MAX_CHARS } from '../../core/messages/teamwork.ts';
import { toldByTeam } from './told-by-team.ts';

const EVERYONE = 'everyone';

export function messageTeammateTool(team: Pick<Teamwork, 'send'>): BetaRunnableTool {
  return betaZodTool({
    name: 'message_teammate',
    description:
      'Tell a teammate on this task something that changes what they do now. They read it before their next step; do not wait for an answer.',
    inputSchema: z.strictObject({
      to: z.string().min(1).max(64).describe(`The role, such as backend, or "${EVERYONE}".`),
      text: z.string().trim().min(1).max(MESSAGE_MAX_CHARS),
    }),
    run: ({ to, text }) =>
      toldByTeam(() => team.send({ to: to === EVERYONE ? null : to, kind: 'message', body: text })),
  });
}
