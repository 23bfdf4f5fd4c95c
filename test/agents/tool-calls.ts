/** The tools of a run over a folder, and calls of them as the SDK's runner makes them. */
import { runRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { createTools } from '../../src/agents/tools/create-tools.ts';
import type { Teamwork } from '../../src/core/agent-ports.ts';
import type { CheckRunRecord } from '../../src/core/result-records.ts';
import { ROLE_TOOLS, type RoleTool } from '../../src/core/roles.ts';

const hiveMind = {
  standards: [],
  skills: [{ name: 'bisecting', description: 'When it broke.', dir: null, body: 'Halve it.' }],
};

export interface ToolChange {
  readonly mayChange?: boolean;
  readonly tools?: readonly RoleTool[];
  readonly run?: Partial<CheckRunRecord>;
  readonly signal?: AbortSignal;
  readonly commands?: string[];
  readonly team?: Teamwork;
  readonly git?: (asked: string) => string;
}

export function toolsIn(dir: string, change: ToolChange = {}) {
  const record: CheckRunRecord = {
    command: '',
    exitCode: 0,
    timedOut: false,
    output: 'ok',
    durationMs: 1,
    sandbox: 'off',
    ...change.run,
  };
  return createTools({
    mayChange: change.mayChange ?? true,
    team: change.team ?? null,
    role: { name: 'qa', tools: change.tools ?? ROLE_TOOLS },
    workspace: {
      dir,
      headSha: 'c'.repeat(40),
      log: async (sha, path) => change.git?.(`log ${sha[0]} ${path}`) ?? '',
      blame: async (sha, path, first, last) => change.git?.(`blame ${sha[0]} ${path} ${first} ${last}`) ?? '',
      run: async (command, { timeoutMs }) => {
        change.commands?.push(`${command} ${timeoutMs}`);
        return record;
      },
    },
    hiveMind,
    signal: change.signal ?? new AbortController().signal,
  });
}

/** As the SDK's runner calls a tool. */
export async function callIn(dir: string, name: string, input: unknown, change: ToolChange = {}) {
  const tool = toolsIn(dir, change).find((candidate) => candidate.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  const toolUse = { type: 'tool_use', id: 'toolu_1', name, input } as const;
  const outcome = await runRunnableTool(tool, input, { toolUse, toolUseBlock: toolUse });
  return `${outcome.isError ? 'error: ' : ''}${String(outcome.content)}`;
}
