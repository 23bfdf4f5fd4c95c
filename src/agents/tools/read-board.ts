// The read_board tool: who does what on this task, how far each is, and what was decided.
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { z } from 'zod';
import type { TaskBoard, Teamwork } from '../../core/agent-ports.ts';
import { decisionLines } from '../briefing/board-section.ts';
import { quoteText } from '../briefing/untrusted-text.ts';
import { toldByTeam } from './told-by-team.ts';
import { TOOL_LIMITS } from './tool-limits.ts';

export function readBoardTool(team: Pick<Teamwork, 'board'>): BetaRunnableTool {
  return betaZodTool({
    name: 'read_board',
    description: 'The task board: the subtasks with specialist and state, and the decisions so far.',
    inputSchema: z.strictObject({}),
    run: () => toldByTeam(async () => boardText(await team.board())),
  });
}

function boardText({ subtasks, decisions }: TaskBoard): string {
  const lines = subtasks.map(({ key, role, state, title }) => `- ${key}, ${role}, ${state}: ${title}`);
  const decided = decisions.length === 0 ? ['Nothing is decided yet.'] : decisionLines(decisions);
  return quoteText(['Subtasks:', ...lines, '', 'Decisions:', ...decided].join('\n'), TOOL_LIMITS.outputChars);
}
