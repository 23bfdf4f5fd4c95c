/** Where one specialist answers a person: a question (`ask`), or a reply to one of our findings (`reply`). Pure. */
import { askEffects, replyEffects } from '../outcome-effects.ts';
import type { AskRequest, ReplyRequest } from '../request-records.ts';
import { trackingOf } from '../review/track-findings.ts';
import { ableTo, type Role } from '../roles.ts';
import type { TaskRecords } from '../store-ports.ts';
import { publishSteps } from './publish.ts';
import type { Step, StepContext } from './step.ts';
import { add, inState, move, outcomeOf } from './step.ts';

export function firstOfAsk(request: AskRequest): readonly Step[] {
  return [
    move('working'),
    add({
      key: 'answer',
      kind: 'answer',
      role: request.role ?? 'strategist',
      title: 'Answer the question',
      goal: request.question,
    }),
  ];
}

export function askSteps(records: TaskRecords): readonly Step[] {
  const answered = outcomeOf(records, 'answer');
  return answered?.kind === 'answer'
    ? publishSteps(records, { effects: askEffects(records, answered.answer) })
    : inState(records.task, 'working');
}

export function firstOfReply(request: ReplyRequest, { roles }: StepContext): readonly Step[] {
  return [
    move('working'),
    add({
      key: 'reply',
      kind: 'reply',
      role: replierOf(request, roles),
      title: 'Answer the reply',
      goal: 'Agree and withdraw the finding, or explain why it stands.',
      files: [request.finding.path],
    }),
  ];
}

export function replySteps(records: TaskRecords): readonly Step[] {
  const answered = outcomeOf(records, 'reply');
  return answered?.kind === 'reply'
    ? publishSteps(records, { effects: replyEffects(records), tracking: trackingOf(records) })
    : inState(records.task, 'working');
}

/** Whoever found it, the first of them who is still there; else the Architect, who settles what nobody else does. */
function replierOf({ finding, config }: ReplyRequest, roles: readonly Role[]): string {
  const reviewers = ableTo('review', roles, config);
  const found = finding.roles.find((name) => reviewers.some((role) => role.name === name));
  return (
    found ?? reviewers.find((role) => role.name === 'architect')?.name ?? reviewers[0]?.name ?? 'architect'
  );
}
