import { ToolError } from '@anthropic-ai/sdk/lib/tools/ToolError';
import { UserError } from '../../core/errors.ts';

/** A refusal is a result that the agent can go by; whatever else goes wrong is not. */
export async function toldByTeam(ask: () => Promise<string>): Promise<string> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof UserError) throw new ToolError(error.message);
    throw error;
  }
}
