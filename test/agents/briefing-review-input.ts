import { type BriefingInput, briefAgent } from '../../src/agents/briefing/brief-agent.ts';
import type { JobKind } from '../../src/agents/briefing/instructions.ts';
import { loadRoles, shippedRolesDir } from '../../src/agents/roles.ts';
import type { ReviewBrief } from '../../src/core/agent-ports.ts';
import type { Task } from '../../src/core/records.ts';
import type { Candidate, Survey } from '../../src/core/review/review-records.ts';
import type { Role } from '../../src/core/roles.ts';
import { agentJob, earlierFinding, inlineAnchor, reviewTask, subtask, surveyOf } from '../support/records.ts';

const roles = await loadRoles([shippedRolesDir]);
export const SIX = ['backend', 'frontend', 'database', 'qa', 'devops', 'security'];
export const PATHS = ['server/api.js', 'web/page.tsx', 'db/migrations/1.sql'];
export const DIFF = '<diff>\n<file path="server/api.js">\n</file>\n</diff>';

export const candidate: Candidate = {
  id: 'C1',
  roles: ['backend', 'security'],
  path: 'server/api.js',
  anchor: inlineAnchor({ line: 12 }),
  severity: 'high',
  category: 'injection',
  title: 'Query is built from input',
  body: 'It is.',
  evidence: '`server/api.js:12`',
};

export interface Change {
  readonly task?: Task;
  readonly kind?: JobKind;
  readonly role?: string;
  readonly survey?: Survey;
  readonly candidates?: ReviewBrief['candidates'];
  readonly files?: readonly string[];
  readonly mandate?: string;
}

export function inputFor(change: Change = {}): BriefingInput {
  const { kind = 'review', role: name = 'backend', files = PATHS } = change;
  const role = roles.get(name);
  if (role === undefined) throw new Error(`no role ${name}`);
  const task = change.task ?? reviewTask();
  return {
    job: agentJob({
      task,
      subtask: subtask({ key: `${kind}-${name}`, kind, role: name, files }),
      review:
        task.kind === 'review'
          ? { survey: change.survey ?? surveyOf(PATHS, SIX), candidates: change.candidates ?? [] }
          : null,
    }),
    kind,
    role: { ...role, mandate: change.mandate ?? role.mandate } satisfies Role,
    roles,
    hiveMind: { standards: [], skills: [] },
    rules: [{ path: 'AGENTS.md', text: 'Use tabs.' }],
    diffText: task.kind === 'review' ? DIFF : null,
  };
}

export function textOf(change: Change = {}): readonly [context: string, own: string] {
  const [context = '', own = ''] = briefAgent(inputFor(change)).content.map(({ text }) => text);
  return [context, own];
}

export const full: Survey = surveyOf(PATHS, SIX, {
  earlier: [earlierFinding(), earlierFinding({ now: null, reread: false })],
  memories: [{ id: 'k3f9q2aa', kind: 'lesson', text: 'Pages are\ncounted from 0.', path: null }],
});
