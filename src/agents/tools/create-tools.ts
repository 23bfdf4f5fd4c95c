// The tools of one agent run. Every role of one kind of job gets the same list in the same order, since tools open
// the cached prefix; what a role may not use is refused when it is called.
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { ToolError } from '@anthropic-ai/sdk/lib/tools/ToolError';
import type { AgentToolContext } from '@anthropic-ai/sdk/tools/agent-toolset/node';
import type { Teamwork } from '../../core/agent-ports.ts';
import type { HiveMind, Role } from '../../core/roles.ts';
import type { Workspace } from '../../core/workspace-ports.ts';
import { revealCarriers } from '../briefing/untrusted-text.ts';
import { bashTool } from './bash.ts';
import { editTool } from './edit.ts';
import { gitBlameTool } from './git-blame.ts';
import { gitLogTool } from './git-log.ts';
import { globTool } from './glob.ts';
import { grepTool } from './grep.ts';
import { limitOutput } from './limit-output.ts';
import { messageTeammateTool } from './message-teammate.ts';
import { proposeStandardTool } from './propose-standard.ts';
import { readTool } from './read.ts';
import { readBoardTool } from './read-board.ts';
import { readSkillTool } from './read-skill.ts';
import { recordDecisionTool } from './record-decision.ts';
import { TOOL_LIMITS } from './tool-limits.ts';
import { writeTool } from './write.ts';

export interface ToolOptions {
  /** True for work. All else only looks, and runs nothing: what a pull request brings may be a stranger's code. */
  readonly mayChange: boolean;
  /** Null for jobs that are done alone. */
  readonly team: Teamwork | null;
  readonly role: Pick<Role, 'name' | 'tools'>;
  readonly workspace: Pick<Workspace, 'dir' | 'headSha' | 'run' | 'log' | 'blame'>;
  readonly hiveMind: HiveMind;
  /** That commands may reach. */
  readonly hosts?: readonly string[];
  readonly signal: AbortSignal;
}

/** Calls run one after another, in the order of the reply: the SDK starts them together, and an edit may follow a write. */
export function createTools(options: ToolOptions): BetaRunnableTool[] {
  const { mayChange, team, workspace, hiveMind, hosts, signal } = options;
  const context: AgentToolContext = { workdir: workspace.dir, maxFileBytes: TOOL_LIMITS.fileBytes };
  const reading = [readTool(context), globTool(context), grepTool(context), readSkillTool(hiveMind)];
  const history = [gitLogTool(workspace), gitBlameTool(workspace)];
  const changing = [bashTool(workspace, signal, hosts), writeTool(context), editTool(context)];
  const together =
    team === null
      ? []
      : [messageTeammateTool(team), recordDecisionTool(team), readBoardTool(team), proposeStandardTool(team)];
  const oneAtATime = createTurnstile();
  return [...reading, ...(mayChange ? changing : history), ...together].map((tool) => ({
    ...tool,
    run: (input, call) =>
      oneAtATime(async () => {
        signal.throwIfAborted();
        refuseUnlessAllowed(tool.name, options.role);
        return limited(() => tool.run(input, call));
      }),
  }));
}

/** Whoever may read files may read their history. */
function refuseUnlessAllowed(name: string, role: Pick<Role, 'name' | 'tools'>): void {
  const needed = name === 'git_log' || name === 'git_blame' ? 'read' : name;
  if (role.tools.some((allowed) => allowed === needed)) return;
  throw new ToolError(
    `${name} is not among the tools of the role ${role.name}. Use: ${role.tools.join(', ')}.`,
  );
}

type Output = Awaited<ReturnType<BetaRunnableTool['run']>>;

/** Results and errors alike stay within the limit. */
async function limited(run: () => Output | Promise<Output>): Promise<Output> {
  try {
    const output = await run();
    return typeof output === 'string' ? shown(output) : output;
  } catch (error) {
    if (error instanceof ToolError && typeof error.content === 'string') {
      throw new ToolError(shown(error.content));
    }
    throw error;
  }
}

/** The API refuses a text without any visible character. What a person would not see in a file is not whispered to an agent either. */
function shown(output: string): string {
  return output.trim() === '' ? '(empty)' : limitOutput(revealCarriers(output), TOOL_LIMITS.outputChars);
}

function createTurnstile(): <T>(run: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const next = last.then(run, run);
    last = next.catch(() => {});
    return next;
  };
}
