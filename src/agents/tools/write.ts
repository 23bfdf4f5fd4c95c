import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { type AgentToolContext, betaWriteTool } from '@anthropic-ai/sdk/tools/agent-toolset/node';
import { z } from 'zod';
import { filePath } from './file-path.ts';
import { TOOL_LIMITS } from './tool-limits.ts';

/** The SDK's write tool, confined to the checkout, behind a checked input. */
export function writeTool(context: AgentToolContext): BetaRunnableTool {
  const tool = betaWriteTool(context);
  return betaZodTool({
    name: 'write',
    description:
      'Write a whole text file of the checkout, replacing what stands there; folders are made as needed. To change part of a file, use edit.',
    inputSchema: z.strictObject({ file_path: filePath, content: z.string().max(TOOL_LIMITS.writeChars) }),
    run: (input, call) => tool.run(input, call),
  });
}
