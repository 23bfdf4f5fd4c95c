// The bash tool: each call is a fresh shell in the checkout, sandboxed, with an environment empty of secrets. It
// replaces the SDK's own, which keeps one unconfined shell.
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { ToolError } from '@anthropic-ai/sdk/lib/tools/ToolError';
import { z } from 'zod';
import type { CheckRunRecord } from '../../core/result-records.ts';
import type { Workspace } from '../../core/workspace-ports.ts';
import { TOOL_LIMITS } from './tool-limits.ts';

const inputSchema = z.strictObject({
  command: z.string().min(1).max(TOOL_LIMITS.commandChars).describe('The command, for a POSIX shell.'),
  timeout_seconds: z
    .int()
    .min(1)
    .max(TOOL_LIMITS.bashTimeoutMaxSeconds)
    .optional()
    .describe(
      `Ends the command and all that it started. ${TOOL_LIMITS.bashTimeoutSeconds} by default, at most ${TOOL_LIMITS.bashTimeoutMaxSeconds}.`,
    ),
});

/** `signal` ends the process group of a command that runs; an abort is an error result, as is a non-zero exit code. */
export function bashTool(
  workspace: Pick<Workspace, 'run'>,
  signal: AbortSignal,
  hosts: readonly string[] = [],
): BetaRunnableTool {
  return betaZodTool({
    name: 'bash',
    description: `Run a shell command in the root of the checkout. Every call is a fresh shell: no directory, variable or background process is kept. ${networkOf(hosts)} Answers the exit code and the end of the output.`,
    inputSchema,
    run: async ({ command, timeout_seconds }) => {
      const timeoutMs = (timeout_seconds ?? TOOL_LIMITS.bashTimeoutSeconds) * 1_000;
      const ended = await workspace.run(command, { timeoutMs, signal, hosts });
      const text = describeRun(ended, timeoutMs);
      if (ended.exitCode !== 0) throw new ToolError(text);
      return text;
    },
  });
}

function networkOf(hosts: readonly string[]): string {
  if (hosts.length === 0) return 'No network.';
  return `No network but ${hosts.join(', ')}, through the proxy that the environment names.`;
}

function describeRun({ exitCode, timedOut, output }: CheckRunRecord, timeoutMs: number): string {
  const how = timedOut
    ? `timed out after ${timeoutMs / 1_000} seconds and was ended`
    : exitCode === null
      ? 'was ended by a signal'
      : `exit code: ${exitCode}`;
  return output.trim() === '' ? `${how}\n(no output)` : `${how}\n${output}`;
}
