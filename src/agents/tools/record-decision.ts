// The record_decision tool: what others build on, for those at work and for those who begin later.
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { z } from 'zod';
import type { Teamwork } from '../../core/agent-ports.ts';
import { MESSAGE_MAX_CHARS } from '../../core/messages/teamwork.ts';
import { toldByTeam } from './told-by-team.ts';

export function recordDecisionTool(team: Pick<Teamwork, 'send'>): BetaRunnableTool {
  return betaZodTool({
    name: 'record_decision',
    description:
      "Put a decision that teammates build on onto the task board as soon as it is fixed: a route and its shapes, a table's or a function's name. Exact, one decision a call.",
    inputSchema: z.strictObject({ text: z.string().trim().min(1).max(MESSAGE_MAX_CHARS) }),
    run: ({ text }) => toldByTeam(() => team.send({ to: null, kind: 'decision', body: text })),
  });
}
