import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { z } from 'zod';
import type { Workspace } from '../../core/workspace-ports.ts';
import { filePath } from './file-path.ts';
import { toldByGit } from './told-by-git.ts';

/** The history that leads to the checkout: newest commits first. What they say is their authors' word. */
export function gitLogTool(workspace: Pick<Workspace, 'headSha' | 'log'>): BetaRunnableTool {
  return betaZodTool({
    name: 'git_log',
    description:
      'The newest commits that lead to the checkout, or those of them that touched one file or folder.',
    inputSchema: z.strictObject({
      path: filePath.nullable().describe('File or folder; null for the whole history.'),
    }),
    run: ({ path }) => toldByGit(() => workspace.log(workspace.headSha, path)),
  });
}
