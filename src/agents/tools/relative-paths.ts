// The search tools answer absolute paths: an agent needs none of the machine's folders, and they differ each time.
import { realpathSync } from 'node:fs';
import type { BetaToolResultContentBlockParam } from '@anthropic-ai/sdk/resources/beta';

type Result = string | BetaToolResultContentBlockParam[];

export function relativePaths(result: Result, dir: string): Result {
  if (typeof result !== 'string') return result;
  const roots = [...new Set([realpathSync(dir), dir])].map((root) => `${root.replace(/\/$/, '')}/`);
  const lines = result.split('\n').map((line) => {
    const root = roots.find((candidate) => line.startsWith(candidate));
    return root === undefined ? line : line.slice(root.length);
  });
  return lines.join('\n');
}
