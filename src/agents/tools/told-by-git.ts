import { ToolError } from '@anthropic-ai/sdk/lib/tools/ToolError';
import { UserError } from '../../core/errors.ts';
import { GitError } from '../workspace/git.ts';

/** What a repository cannot tell is a result that the agent can go by; whatever else goes wrong is not. */
export async function toldByGit(ask: () => Promise<string>): Promise<string> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof UserError) throw new ToolError(error.message);
    // What stands in the repository can end git, such as a `.gitmodules` with commands in it.
    if (error instanceof GitError) throw new ToolError('Git cannot read that in this repository.');
    throw error;
  }
}
