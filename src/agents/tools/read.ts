import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { type AgentToolContext, betaReadTool } from '@anthropic-ai/sdk/tools/agent-toolset/node';
import { z } from 'zod';
import { filePath } from './file-path.ts';

/** The SDK's read tool, confined to the checkout, behind a checked input. */
export function readTool(context: AgentToolContext): BetaRunnableTool {
  const tool = betaReadTool(context);
  return betaZodTool({
    name: 'read',
    description:
      'Read a text file of the checkout, without line numbers. For a long file give the range of lines that you need.',
    inputSchema: z.strictObject({
      file_path: filePath,
      view_range: z
        .array(z.int().min(1))
        .optional()
        .describe('[first line, last line], counted from 1, both included.'),
    }),
    run: (input, call) => tool.run(input, call),
  });
}
