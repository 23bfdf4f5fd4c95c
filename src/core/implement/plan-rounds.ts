/** The rounds of planning of one task: a draft or a question, then a further round for each word that a writer says to it. Pure. */

import type { PlanAnswer } from '../answers.ts';
import type { Subtask } from '../records.ts';
import { resultOf } from '../result-of.ts';
import type { Outcome, Result } from '../result-records.ts';
import type { TaskRecords } from '../store-ports.ts';

/** Rounds of one task. Whoever is not content after that begins a new one. */
export const PLAN_ROUNDS_MAX = 10;

type Records = Pick<TaskRecords, 'subtasks' | 'results'>;

/** Of the Architect's look at the plan of that round's subtask. */
export function amendKeyFor({ key }: Pick<Subtask, 'key'>): string {
  return key.replace(/^plan/, 'amend');
}

/** In the order in which they were begun. */
export function roundsOf({ subtasks }: Pick<TaskRecords, 'subtasks'>): readonly Subtask[] {
  return subtasks.filter(({ kind }) => kind === 'plan');
}

/** The one that counts. */
export function newestRound(records: Pick<TaskRecords, 'subtasks'>): Subtask | undefined {
  return roundsOf(records).at(-1);
}

/** The Architect's look at the plan of a round, however it stands. */
export function lookOf({ subtasks }: Pick<TaskRecords, 'subtasks'>, round: Subtask): Subtask | undefined {
  const key = amendKeyFor(round);
  return subtasks.find((subtask) => subtask.kind === 'amend' && subtask.key === key);
}

/** What the Strategist answered in the newest round; null while it has not. */
export function newestDraft(records: Records): PlanAnswer | null {
  const round = newestRound(records);
  const outcome = round === undefined ? undefined : endOf(records, round);
  return outcome?.kind === 'plan' ? outcome.answer : null;
}

/** How the Architect's look at the newest round came to its end; null when there is none, or none yet. */
export function newestLook(records: Records): Extract<Outcome, { kind: 'amendment' | 'failed' }> | null {
  const round = newestRound(records);
  const look = round === undefined ? undefined : lookOf(records, round);
  const outcome = look === undefined ? undefined : endOf(records, look);
  return outcome?.kind === 'amendment' || outcome?.kind === 'failed' ? outcome : null;
}

/** Results of the rounds before `subtask`, and of the Architect's looks at them, in their order: what a further one goes by. */
export function roundsBefore(
  records: Records,
  subtask: Subtask,
): readonly { readonly subtask: Subtask; readonly result: Result }[] {
  const at = records.subtasks.findIndex(({ key }) => key === subtask.key);
  return records.subtasks.slice(0, at).flatMap((earlier) => {
    const result = resultOf(records, earlier);
    const counts = (earlier.kind === 'plan' || earlier.kind === 'amend') && earlier.state === 'done';
    return counts && result !== null ? [{ subtask: earlier, result }] : [];
  });
}

function endOf(records: Records, subtask: Subtask): Outcome | undefined {
  if (subtask.state !== 'done' && subtask.state !== 'failed') return undefined;
  return resultOf(records, subtask)?.outcome;
}
