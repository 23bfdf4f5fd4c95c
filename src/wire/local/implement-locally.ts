/** One task on a local clone, from its words to a branch: as on GitHub, with the person at the terminal in the writer's place. */
import { applyToTask } from '../../app/apply-to-task.ts';
import type { PlanAnswer } from '../../core/answers.ts';
import { ConfigError, TransientError } from '../../core/errors.ts';
import { newestDraft } from '../../core/implement/plan-rounds.ts';
import { nearest } from '../../core/nearest.ts';
import { isEnded } from '../../core/next-steps.ts';
import type { Plan } from '../../core/records.ts';
import type { ImplementRequest, IssueSnapshot } from '../../core/request-records.ts';
import type { TaskRecords } from '../../core/store-ports.ts';
import type { Foundation } from '../foundation.ts';
import { LOCAL_REQUESTER, type LocalTaskEnd, startLocalTask } from './local-task.ts';
import type { LocalBase } from './read-base.ts';
import { untilTask } from './until-task.ts';

/** What the crew waits for a person to say. */
export type Waiting =
  | { readonly kind: 'plan'; readonly plan: Plan; readonly records: TaskRecords }
  | { readonly kind: 'question'; readonly answer: PlanAnswer; readonly records: TaskRecords };

/** `leave`: the task is left as it is; `LocalCrew.close` ends it. */
export type Decision =
  | { readonly kind: 'approve' }
  | { readonly kind: 'revise'; readonly note: string }
  | { readonly kind: 'leave' };

export interface LocalWork {
  readonly base: LocalBase;
  readonly branch: string;
  readonly title: string;
  readonly body: string;
  readonly approval: ImplementRequest['approval'];
  /** The one specialist that is wanted; null: the Strategist chooses. */
  readonly role: string | null;
  readonly decide: (waiting: Waiting) => Promise<Decision>;
  /** Told each plan that is worked on, once. */
  readonly onApproved: (plan: Plan) => void;
  /** Aborted: the wait is given up with its reason; `LocalCrew.close` ends the work. */
  readonly signal: AbortSignal;
  /** Told what is wrong in `.github/crew.yml`, a line each, before the work begins. */
  readonly onProblem: (problem: string) => void;
}

const ISSUE_NUMBER = 1;

export async function implementLocally(
  foundation: Foundation,
  roles: readonly string[],
  work: LocalWork & { readonly id: number },
): Promise<LocalTaskEnd> {
  const { clock, queues } = foundation;
  const startedMs = clock.now().getTime();
  const taskId = await startTask(foundation, roles, work);
  let approved: string | null = null;
  const isAtRest = (at: TaskRecords) =>
    isEnded(at.task) || waitingOf(at) !== null || newlyApproved(at, approved) !== null;
  for (;;) {
    const records = await untilTask(foundation, taskId, work.signal, isAtRest);
    const waiting = waitingOf(records);
    const plan = newlyApproved(records, approved);
    if (plan !== null) {
      approved = plan.id;
      work.onApproved(plan);
      if (!isEnded(records.task) && waiting === null) continue;
    }
    const decision: Decision = waiting === null ? { kind: 'leave' } : await work.decide(waiting);
    work.signal.throwIfAborted();
    if (decision.kind === 'leave') return { records, durationMs: clock.now().getTime() - startedMs };
    await carryOut(foundation, records, decision);
    await queues.ring([{ step: 'advance', taskId }]);
  }
}

/** Throws ConfigError. */
export function checkRole(role: string | null, roles: readonly string[]): void {
  if (role === null || roles.includes(role)) return;
  const near = nearest(role, roles);
  throw new ConfigError(
    `--role: the crew has no specialist ${JSON.stringify(role.slice(0, 100))}; ${near === null ? `it has ${roles.join(', ')}` : `did you mean ${near}?`}`,
  );
}

/** As an issue by somebody who may write: it is the person's own clone. */
export function localIssue(title: string, body: string): IssueSnapshot {
  return { number: ISSUE_NUMBER, title, body, author: LOCAL_REQUESTER, authorIsWriter: true, comments: [] };
}

async function startTask(
  foundation: Foundation,
  roles: readonly string[],
  { base, branch, title, body, approval, role, id, onProblem }: LocalWork & { readonly id: number },
): Promise<string> {
  const { baseBranch, baseSha, config: local, name } = base;
  checkRole(role, roles);
  const issue = localIssue(title, body);
  return startLocalTask(foundation, roles, {
    id,
    name,
    defaultBranch: baseBranch,
    config: local,
    onProblem,
    request: (config) => ({
      kind: 'implement',
      subject: { kind: 'issue', number: issue.number },
      requestKey: `implement:${id}`,
      request: {
        kind: 'implement',
        issue,
        baseBranch,
        baseSha,
        branch,
        approval,
        role,
        note: '',
        config,
      },
    }),
  });
}

function newlyApproved({ plan }: TaskRecords, told: string | null): Plan | null {
  return plan?.state === 'approved' && plan.id !== told ? plan : null;
}

function waitingOf(records: TaskRecords): Waiting | null {
  const { plan, task } = records;
  if (task.state !== 'awaiting_answer' && task.state !== 'awaiting_approval') return null;
  const asked = newestDraft(records);
  if (asked?.decision === 'question') return { kind: 'question', answer: asked, records };
  return plan?.state === 'proposed' ? { kind: 'plan', plan, records } : null;
}

/** Of the branch that came of it; null where none did. */
export function pushedHead({ effects }: TaskRecords): string | null {
  const pushed = effects.find(({ action, state }) => action.kind === 'push_branch' && state === 'done');
  const headSha = pushed?.outcome?.externalId;
  return typeof headSha === 'string' ? headSha : null;
}

async function carryOut(
  { clock, store }: Foundation,
  { task, plan }: TaskRecords,
  decision: Exclude<Decision, { kind: 'leave' }>,
): Promise<void> {
  if (decision.kind === 'approve') {
    const approved = plan !== null && (await store.plans.approve(task.id, plan.hash, LOCAL_REQUESTER));
    if (!approved) throw new TransientError('the plan changed while its approval was on the way');
    return;
  }
  if (task.request.kind !== 'implement') throw new Error(`${task.kind} has no plan`);
  const { note } = decision;
  const said = { author: LOCAL_REQUESTER, body: note, createdAt: clock.now().toISOString() };
  const { issue } = task.request;
  const request = { ...task.request, issue: { ...issue, comments: [...issue.comments, said] } };
  await store.transaction(async (tx) => {
    const locked = await tx.tasks.lock(task.id);
    if (locked === null) throw new Error(`task ${task.id} is gone`);
    const change = { kind: 'revise_plan', taskId: task.id, note, request } as const;
    await applyToTask(tx, locked, change, { actor: LOCAL_REQUESTER });
  });
}
