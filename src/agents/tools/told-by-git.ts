import { ToolError } from '@anthropic-ai/sdk/lib/tools/ToolError';
import { UserError } from '../../core/errors.ts';

/** What a repository cannot tell is a result that the agent can go by; whatever else goes wrong is not. */
export async function toldByGit(ask: () => Promise<string>): Promise<string> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof UserError) throw new ToolError(error.message);
    throw error;
  }
}
