import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { type AgentToolContext, betaGrepTool } from '@anthropic-ai/sdk/tools/agent-toolset/node';
import { z } from 'zod';
import { filePath } from './file-path.ts';
import { refuseOddFiles } from './refuse-odd-files.ts';
import { relativePaths } from './relative-paths.ts';
import { TOOL_LIMITS } from './tool-limits.ts';

/** The SDK's grep tool, confined to the checkout, behind a checked input. Uses ripgrep where it is installed. */
export function grepTool(context: AgentToolContext): BetaRunnableTool {
  const tool = betaGrepTool(context);
  return betaZodTool({
    name: 'grep',
    description:
      'Search the files of the checkout for a regular expression, line by line. Answers path:line:text for each match.',
    inputSchema: z.strictObject({
      pattern: z.string().min(1).max(TOOL_LIMITS.patternChars),
      path: filePath.optional().describe('File or folder to search in; the whole checkout by default.'),
    }),
    run: async (input, call) => {
      await refuseOddFiles(context.workdir, input.path);
      return relativePaths(await tool.run(input, call), context.workdir);
    },
  });
}
