import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ToolError } from '@anthropic-ai/sdk/lib/tools/ToolError';

/** A pipe is never at its end, nor is a device: whoever searches one waits for ever. */
export async function refuseOddFiles(dir: string, path: string | undefined): Promise<void> {
  const found = await stat(resolve(dir, path ?? '.')).catch(() => null);
  if (found === null || found.isFile() || found.isDirectory()) return;
  throw new ToolError(`${path} is neither a file nor a folder.`);
}
