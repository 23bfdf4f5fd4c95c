// The propose_standard tool: a lesson worth keeping, put before the people of the repository as a pull request of its own.
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { z } from 'zod';
import type { Teamwork } from '../../core/agent-ports.ts';
import { STANDARD_MAX_CHARS, WHY_MAX_CHARS } from '../../core/messages/teamwork.ts';
import { toldByTeam } from './told-by-team.ts';

export function proposeStandardTool(team: Pick<Teamwork, 'proposeStandard'>): BetaRunnableTool {
  return betaZodTool({
    name: 'propose_standard',
    description:
      'Propose a rule that every later task on this repository should follow and that neither its rules nor the code tell. It becomes a pull request that people judge; nothing changes by itself. At most one.',
    inputSchema: z.strictObject({
      name: z
        .string()
        .max(64)
        .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'lower-case letters and digits joined by single hyphens')
        .describe('Names the file, such as api-errors.'),
      text: z.string().trim().min(1).max(STANDARD_MAX_CHARS).describe('The rule, in Markdown, brief.'),
      why: z
        .string()
        .trim()
        .min(1)
        .max(WHY_MAX_CHARS)
        .describe('What on this task showed that it is needed.'),
    }),
    run: (standard) => toldByTeam(() => team.proposeStandard(standard)),
  });
}
