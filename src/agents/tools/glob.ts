import { lstat, realpath } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { ToolError } from '@anthropic-ai/sdk/lib/tools/ToolError';
import { fdir } from 'fdir';
import { z } from 'zod';
import { compileGlob, globProblem } from '../../core/glob.ts';
import { filePath } from './file-path.ts';
import { TOOL_LIMITS } from './tool-limits.ts';

const LEFT_OUT = new Set(['.git', 'node_modules']);

/**
 * Lists files of the checkout `workdir`. The SDK's tool is not used: it walks wherever the pattern leads, through a link
 * `root` to `/` in `root/**`, or with `\**` to the machine's root, and leaves out what it found there only afterwards.
 */
export function globTool({ workdir }: { readonly workdir: string }): BetaRunnableTool {
  return betaZodTool({
    name: 'glob',
    description: `List files of the checkout that match a glob such as "src/**/*.ts": at most ${TOOL_LIMITS.globFiles}, newest first. Leaves out .git and node_modules, and follows no links.`,
    inputSchema: z.strictObject({
      pattern: z.string().min(1).max(TOOL_LIMITS.patternChars),
      path: filePath
        .optional()
        .describe('Folder that the pattern is relative to; the whole checkout by default.'),
    }),
    run: async ({ pattern, path = '.' }, call) => {
      const problem = globProblem(pattern);
      if (problem !== null) throw new ToolError(`The pattern ${problem}.`);
      const matches = compileGlob(pattern);
      const root = await realpath(workdir);
      const folder = await realpath(resolve(root, path)).catch(() => null);
      if (folder === null) throw new ToolError(`There is no folder ${path}.`);
      if (folder !== root && !folder.startsWith(`${root}/`)) {
        throw new ToolError(`${path} is outside of the checkout.`);
      }
      const files = await filesBelow(folder, call?.signal ?? undefined);
      const newest = await newestFirst(
        folder,
        files.filter((file) => matches(file.split('/'))),
      );
      if (newest.length === 0) return 'no matches';
      const shown = newest.slice(0, TOOL_LIMITS.globFiles).map((file) => relative(root, join(folder, file)));
      const rest = newest.length - shown.length;
      return [...shown, ...(rest > 0 ? [`(and ${rest} older ones)`] : [])].join('\n');
    },
  });
}

/** Relative to the folder. */
async function filesBelow(folder: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const walk = new fdir({ relativePaths: true, excludeSymlinks: true, ...(signal && { signal }) });
  return walk
    .exclude((name) => LEFT_OUT.has(name))
    .crawl(folder)
    .withPromise();
}

async function newestFirst(folder: string, files: readonly string[]): Promise<readonly string[]> {
  const times = new Map<string, number>();
  for (const file of files)
    times.set(file, (await lstat(join(folder, file)).catch(() => null))?.mtimeMs ?? 0);
  return [...files].sort((a, b) => (times.get(b) ?? 0) - (times.get(a) ?? 0));
}
