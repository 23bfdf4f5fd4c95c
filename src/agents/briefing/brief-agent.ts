// Turns a job into what is sent to the model first. Pure: the same job, role, hive mind and rules give the same bytes,
// and everything before the role's own block is the same for the whole crew on one task, or on one group of a review.
import type { BetaTextBlockParam } from '@anthropic-ai/sdk/resources/beta';
import type { AgentJob } from '../../core/agent-ports.ts';
import type { HiveMind, Role } from '../../core/roles.ts';
import type { SkippedCommit } from '../../core/workspace-ports.ts';
import { contextBlock, type RuleFile } from './context-block.ts';
import type { JobKind } from './instructions.ts';
import { ownBlock } from './own-block.ts';
import { systemTexts } from './system-blocks.ts';

export interface BriefingInput {
  readonly job: AgentJob;
  readonly kind: JobKind;
  readonly role: Role;
  /** The whole crew, for the list of who does what. */
  readonly roles: ReadonlyMap<string, Role>;
  /** With the repository's own standards and skills laid over it. */
  readonly hiveMind: HiveMind;
  readonly rules: readonly RuleFile[];
  /** `<diff>…</diff>` of what is reviewed or audited; null for other jobs. */
  readonly diffText: string | null;
  /** Commits of a pull request that do not apply to its new base; left out where there are none. */
  readonly skipped?: readonly SkippedCommit[];
}

/** Two cache breakpoints: the end of the system prompt, and the end of what the crew shares on this task. */
export interface Briefing {
  readonly system: BetaTextBlockParam[];
  readonly content: BetaTextBlockParam[];
}

const BREAKPOINT = { cache_control: { type: 'ephemeral' } } as const;

export function briefAgent(input: BriefingInput): Briefing {
  const { job, kind, role, roles, hiveMind, rules, diffText, skipped = [] } = input;
  const [crew, knowledge] = systemTexts(roles, hiveMind);
  return {
    system: [
      { type: 'text', text: crew },
      { type: 'text', text: knowledge, ...BREAKPOINT },
    ],
    content: [
      { type: 'text', text: contextBlock({ job, rules, diffText }), ...BREAKPOINT },
      { type: 'text', text: ownBlock({ job, kind, role, skipped }) },
    ],
  };
}
