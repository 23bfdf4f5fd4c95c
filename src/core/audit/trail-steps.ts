/** What each event of the trail makes of its record. Events that change nothing that is compared are passed over. */
import type { EffectKind } from '../effect-records.ts';
import type { AuditEvent, Plan, SubtaskKind, TaskKind, TaskState } from '../records.ts';
import {
  type DeliveryStanding,
  type EffectStanding,
  type PlanStanding,
  type SubtaskStanding,
  subtaskName,
  type TaskStanding,
} from './trail.ts';

/** A `Trail` that is being replayed. */
export interface OpenTrail {
  readonly delivery: Map<string, DeliveryStanding>;
  readonly task: Map<string, TaskStanding>;
  readonly plan: Map<string, PlanStanding>;
  readonly subtask: Map<string, SubtaskStanding>;
  readonly effect: Map<string, EffectStanding>;
  readonly gaps: string[];
}

/** The event cannot follow those before it. */
export class Gap extends Error {
  override readonly name = 'Gap';
}

type Step = (trail: OpenTrail, event: AuditEvent) => void;

/** By the first word of the event's type. */
export const STEPS: Readonly<Record<string, Step>> = {
  delivery: ofDelivery,
  task: ofTask,
  plan: ofPlan,
  subtask: ofSubtask,
  effect: ofEffect,
};

function ofDelivery({ delivery }: OpenTrail, { type, subject, data }: AuditEvent): void {
  if (type === 'delivery.received') {
    delivery.set(subject, { state: 'received', attempts: 0, decisions: 0 });
    return;
  }
  const before = begun(delivery, subject);
  switch (type) {
    case 'delivery.claimed':
      delivery.set(subject, { ...before, attempts: nextAttempt(before.attempts, data) });
      return;
    case 'delivery.handled': {
      const decisions = Array.isArray(data.decisions) ? data.decisions.length : 0;
      delivery.set(subject, { ...before, state: 'handled', decisions });
      return;
    }
    case 'delivery.dead':
      delivery.set(subject, { ...before, state: 'dead' });
  }
}

function ofTask(trail: OpenTrail, event: AuditEvent): void {
  const { type, subject, data } = event;
  if (type === 'task.created') {
    const kind = data.kind as TaskKind;
    trail.task.set(subject, { kind, state: 'queued', reason: null, costUsd: 0, ...told(data, 'budgetUsd') });
    return;
  }
  const before = begun(trail.task, subject);
  switch (type) {
    case 'task.charged': {
      const costUsd = Number(data.costUsd);
      trail.task.set(subject, { ...before, costUsd: before.costUsd + costUsd });
      const name = subtaskName(subject, String(data.key));
      const subtask = begun(trail.subtask, name);
      trail.subtask.set(name, { ...subtask, costUsd: subtask.costUsd + costUsd });
      return;
    }
    case 'task.budget_set':
      trail.task.set(subject, { ...before, ...told(data, 'budgetUsd') });
      return;
    case 'task.reopened':
      trail.task.set(subject, { ...before, state: 'queued', reason: null, ...told(data, 'budgetUsd') });
      reopenSubtasks(trail, event);
      return;
    case 'task.revised':
      return;
  }
  mustBe(before.state, data.from);
  trail.task.set(subject, {
    ...before,
    state: data.to as TaskState,
    reason: data.reason === null ? null : String(data.reason),
  });
}

function reopenSubtasks({ subtask }: OpenTrail, { subject, data }: AuditEvent): void {
  for (const [name, standing] of subtask) {
    if (name.startsWith(subtaskName(subject, ''))) subtask.set(name, { ...standing, setbacks: 0 });
  }
  for (const key of texts(data.subtasks)) {
    const name = subtaskName(subject, key);
    subtask.set(name, { ...begun(subtask, name), state: 'pending', attempts: 0, losses: 0 });
  }
}

function ofPlan({ plan }: OpenTrail, { type, subject, taskId, data, actor }: AuditEvent): void {
  if (type === 'plan.proposed') {
    const { version, hash } = data as unknown as Pick<Plan, 'version' | 'hash'>;
    plan.set(subject, { taskId, version, hash, state: 'proposed', approvedBy: null });
    return;
  }
  const before = begun(plan, subject);
  if (type === 'plan.superseded') plan.set(subject, { ...before, state: 'superseded' });
  if (type !== 'plan.approved') return;
  mustBe(before.state, 'proposed');
  plan.set(subject, { ...before, state: 'approved', approvedBy: actor });
}

function ofSubtask({ subtask }: OpenTrail, { type, taskId, data }: AuditEvent): void {
  const name = subtaskName(taskId, String(data.key));
  if (type === 'subtask.added') {
    const { kind, role } = data as { kind: SubtaskKind; role: string };
    const fresh = { state: 'pending', attempts: 0, losses: 0, setbacks: 0, costUsd: 0 } as const;
    subtask.set(name, { kind, role, dependsOn: texts(data.dependsOn), ...fresh });
    return;
  }
  const { losses: _earlier, ...before } = begun(subtask, name);
  // An event that does not tell them may be of an earlier version: then they are not known any more.
  const losses = told(data, 'losses');
  switch (type) {
    case 'subtask.running':
      subtask.set(name, {
        ...before,
        ...losses,
        state: 'running',
        attempts: nextAttempt(before.attempts, data),
      });
      return;
    case 'subtask.done':
      mustBe(before.state, 'running');
      subtask.set(name, { ...before, ...losses, state: 'done' });
      return;
    case 'subtask.failed':
      subtask.set(name, { ...before, ...losses, state: 'failed' });
      return;
    case 'subtask.released':
      mustBe(before.state, 'running');
      subtask.set(name, { ...before, ...losses, state: 'pending' });
      return;
    case 'subtask.stopped':
      mustBe(before.state, data.from);
      subtask.set(name, { ...before, ...losses, state: 'stopped' });
      return;
    case 'subtask.set_back': {
      const { dependsOn: _before, ...rest } = before;
      const given = data.dependsOn === undefined ? {} : { dependsOn: texts(data.dependsOn) };
      const again = { role: String(data.role), state: 'pending', attempts: 0, losses: 0 } as const;
      subtask.set(name, { ...rest, ...given, ...again, setbacks: before.setbacks + 1 });
    }
  }
}

function ofEffect({ effect }: OpenTrail, event: AuditEvent): void {
  const { type, subject, data } = event;
  if (type === 'effect.planned') return void effect.set(subject, planned(effect.get(subject), event));
  const before = begun(effect, subject);
  switch (type) {
    case 'effect.sending':
      effect.set(subject, {
        ...before,
        state: 'sending',
        attempts: nextAttempt(before.attempts, data),
        inDoubt: data.inDoubt === true,
      });
      return;
    case 'effect.done': {
      mustBe(before.state, 'sending');
      const newer = before.revision > Number(data.revision);
      const after = newer ? ({ state: 'planned', attempts: 0 } as const) : ({ state: 'done' } as const);
      const url = data.url === null ? null : String(data.url);
      effect.set(subject, { ...before, ...after, inDoubt: false, url });
      return;
    }
    case 'effect.postponed':
      mustBe(before.state, 'sending');
      effect.set(subject, {
        ...before,
        state: 'planned',
        attempts: attemptsLeft(before.attempts, data),
        inDoubt: before.inDoubt || data.sent === 'maybe',
      });
      return;
    case 'effect.failed': {
      // Without a word on the sending, it was given up between two of them.
      const doubt = data.sent === undefined ? before.state === 'sending' : data.sent === 'maybe';
      const attempts = attemptsLeft(before.attempts, data);
      effect.set(subject, { ...before, state: 'failed', attempts, inDoubt: before.inDoubt || doubt });
    }
  }
}

/** For the first time, as a newer revision, or again after it had failed. */
function planned(before: EffectStanding | undefined, { taskId, data }: AuditEvent): EffectStanding {
  const revision = Number(data.revision);
  if (before === undefined) {
    const fresh = { state: 'planned', attempts: 0, inDoubt: false, url: null } as const;
    return { taskId, key: String(data.key), kind: data.kind as EffectKind, revision, ...fresh };
  }
  const ended = before.state === 'done' || before.state === 'failed';
  return { ...before, revision, ...(ended ? { state: 'planned', attempts: 0 } : {}) };
}

function begun<Standing>(standing: ReadonlyMap<string, Standing>, name: string): Standing {
  const found = standing.get(name);
  if (found === undefined) throw new Gap('there is no event of its beginning');
  return found;
}

function mustBe(state: string, wanted: unknown): void {
  if (state !== wanted) throw new Gap(`it was ${state}, not ${wanted}`);
}

/** The trail counts them as the table does: none is left out. */
function nextAttempt(before: number, { attempt }: AuditEvent['data']): number {
  if (attempt !== before + 1) throw new Gap(`attempt ${attempt} follows ${before}`);
  return before + 1;
}

/** A sending that GitHub's limits held back is given back, which an earlier version did not tell. Where none is told of, none was ended. */
function attemptsLeft(before: number, { attempt, limited }: AuditEvent['data']): number {
  if (attempt === undefined) return before;
  const left = limited === undefined ? [before, before - 1] : [limited === true ? before - 1 : before];
  const found = left.find((attempts) => attempts === attempt);
  if (found === undefined) throw new Gap(`attempt ${attempt} is left of ${before}`);
  return found;
}

function told<Name extends string>(data: AuditEvent['data'], name: Name): { readonly [_ in Name]?: number } {
  return typeof data[name] === 'number' ? ({ [name]: data[name] } as { readonly [_ in Name]: number }) : {};
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
