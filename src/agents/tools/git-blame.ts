import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { ToolError } from '@anthropic-ai/sdk/lib/tools/ToolError';
import { z } from 'zod';
import type { Workspace } from '../../core/workspace-ports.ts';
import { filePath } from './file-path.ts';
import { toldByGit } from './told-by-git.ts';
import { TOOL_LIMITS } from './tool-limits.ts';

/** Which commit last changed each of some lines, as the checkout has them. */
export function gitBlameTool(workspace: Pick<Workspace, 'headSha' | 'blame'>): BetaRunnableTool {
  return betaZodTool({
    name: 'git_blame',
    description: `Who last changed lines of a file, and in which commit: at most ${TOOL_LIMITS.blameLines} lines.`,
    inputSchema: z.strictObject({
      file_path: filePath,
      lines: z.array(z.int().min(1)).describe('[first line, last line], counted from 1, both included.'),
    }),
    run: ({ file_path, lines }) => {
      const [first, last, ...more] = lines;
      if (first === undefined || last === undefined || more.length > 0 || last < first) {
        throw new ToolError('lines must be [first line, last line], the first not after the last.');
      }
      if (last - first >= TOOL_LIMITS.blameLines) {
        throw new ToolError(`At most ${TOOL_LIMITS.blameLines} lines at once: ask for a shorter range.`);
      }
      return toldByGit(() => workspace.blame(workspace.headSha, file_path, first, last));
    },
  });
}
