import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { type AgentToolContext, betaGlobTool } from '@anthropic-ai/sdk/tools/agent-toolset/node';
import { z } from 'zod';
import { filePath } from './file-path.ts';
import { relativePaths } from './relative-paths.ts';
import { TOOL_LIMITS } from './tool-limits.ts';

/** The SDK's glob tool, confined to the checkout, behind a checked input; at most 200 files, newest first. */
export function globTool(context: AgentToolContext): BetaRunnableTool {
  const tool = betaGlobTool(context);
  return betaZodTool({
    name: 'glob',
    description:
      'List files of the checkout that match a glob such as "src/**/*.ts": at most 200, newest first. Leaves out .git and node_modules.',
    inputSchema: z.strictObject({
      pattern: z.string().min(1).max(TOOL_LIMITS.patternChars),
      path: filePath.optional(),
    }),
    run: async (input, call) => relativePaths(await tool.run(input, call), context.workdir),
  });
}
