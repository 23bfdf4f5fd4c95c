// The read_skill tool: the crew's know-how, listed in every briefing by name and read when it is needed.
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { z } from 'zod';
import type { HiveMind } from '../../core/roles.ts';
import { readSkill } from '../hive-mind.ts';
import { filePath } from './file-path.ts';

export function readSkillTool(hiveMind: HiveMind): BetaRunnableTool {
  return betaZodTool({
    name: 'read_skill',
    description: 'Read one of the skills listed in the briefing, or a file that it refers to.',
    inputSchema: z.strictObject({
      name: z.string().min(1).max(64),
      file: filePath
        .optional()
        .describe('A file beside the skill, as it is named there; SKILL.md by default.'),
    }),
    run: ({ name, file }) => readSkill(hiveMind, name, file),
  });
}
