import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { type AgentToolContext, betaEditTool } from '@anthropic-ai/sdk/tools/agent-toolset/node';
import { z } from 'zod';
import { filePath } from './file-path.ts';
import { TOOL_LIMITS } from './tool-limits.ts';

/** The SDK's edit tool, confined to the checkout, behind a checked input. */
export function editTool(context: AgentToolContext): BetaRunnableTool {
  const tool = betaEditTool(context);
  return betaZodTool({
    name: 'edit',
    description:
      'Replace old_string by new_string in a file of the checkout. old_string must stand there exactly once, indentation included, unless replace_all is true.',
    inputSchema: z.strictObject({
      file_path: filePath,
      old_string: z.string().min(1).max(TOOL_LIMITS.writeChars),
      new_string: z.string().max(TOOL_LIMITS.writeChars),
      replace_all: z.boolean().optional(),
    }),
    run: (input, call) => tool.run(input, call),
  });
}
