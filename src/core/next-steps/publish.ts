/** The last steps of a task: its effects are planned once, with what is remembered of it, and then awaited. Pure. */

import type { NewEffect } from '../effect-ports.ts';
import type { Tracking } from '../memory-ports.ts';
import type { Task } from '../records.ts';
import type { TaskRecords } from '../store-ports.ts';
import type { Step } from './step.ts';
import { inState, move } from './step.ts';

export interface Published {
  readonly effects: readonly NewEffect[];
  readonly tracking?: Tracking;
  /** Why approvals by other reviews end; null where they do not. Asked once. */
  readonly endsApproval?: () => string | null;
  /** Why the task ends, where that needs saying. */
  readonly reason?: string | null;
}

/** All done ends the task, one that failed for good fails it. */
export function publishSteps(records: TaskRecords, published: Published): readonly Step[] {
  const { task, effects } = records;
  const wanted = published.effects;
  const stored = new Map(effects.map((effect) => [effect.key, effect]));
  if (wanted.some((effect) => !stored.has(effect.key))) {
    return [
      ...inState(task, 'publishing'),
      { kind: 'plan_effects', effects: wanted },
      ...remember(task, published),
    ];
  }
  const states = wanted.map((effect) => stored.get(effect.key));
  const failed = states.find((effect) => effect?.state === 'failed');
  if (failed !== undefined) {
    const what = failed.action.kind.replaceAll('_', ' ');
    return [move('failed', `GitHub did not take the ${what}: ${failed.error ?? 'no reason given'}`)];
  }
  if (states.some((effect) => effect?.state !== 'done')) return inState(task, 'publishing');
  const done = move('done', published.reason ?? null);
  return wanted.length === 0 ? [...remember(task, published), done] : [done];
}

/** A review may have been given other settings than the one before it: it asks about the block also where it settled nothing. */
function remember(task: Task, { tracking, endsApproval }: Published): readonly Step[] {
  if (tracking === undefined) return [];
  const { raised, settled, memories } = tracking;
  const why = endsApproval?.() ?? null;
  const nothing = raised.length + settled.length + memories.length === 0;
  return [
    ...(nothing ? [] : [{ kind: 'track', ...tracking } as const]),
    ...(task.kind === 'review' || settled.length > 0 ? [{ kind: 'lift_block' } as const] : []),
    ...(why === null ? [] : [{ kind: 'take_back_approval', why } as const]),
  ];
}
