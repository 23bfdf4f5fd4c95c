/** Every sentence about steering work that runs: words for its agents, taking it up again from a subtask, its budget. */
import type { Subtask, Task } from '../records.ts';
import { code, count, subtaskName, usd } from './format.ts';

/** Of words by a person for agents; a comment may be longer, and is cut where it is read. */
export const WORDS_MAX_CHARS = 8_000;
const KEYS_SHOWN_MAX = 30;

export const tellUsage = `The words are missing: write them on the same line, as in ${code('/crew tell backend: keep the old route')}. ${code('/crew tell <text>')} tells everybody at work here.`;
export const nothingHears = `Nothing runs here that could read this. ${code('/crew status')} shows what ran.`;

export function tooManyWords(given: number): string {
  return `That is ${given} characters; ${code('/crew tell')} takes at most ${WORDS_MAX_CHARS}. Nothing was passed on.`;
}

/** Why a task that is open hears nothing now. */
export function hearsNothing({ state }: Task): string {
  switch (state) {
    case 'awaiting_answer':
      return `The Strategist asked a question and nobody is at work. Answer it in a comment.`;
    case 'awaiting_approval':
      return `The plan waits and nobody is at work. ${code('/crew plan <what to change>')} changes it, ${code('/crew approve')} starts the work.`;
    case 'publishing':
      return 'The work is done and on its way to GitHub: nobody is left to read this. Say it on the outcome.';
    default:
      return nothingHears;
  }
}

export function roleHearsNothing(role: string, open: readonly Subtask[]): string {
  const roles = [...new Set(open.map((subtask) => subtask.role))];
  const there =
    roles.length === 0
      ? 'Nobody is'
      : `At work or to begin here: ${roles.map(code).join(', ')}; nobody else is`;
  return `${code(role)} has nothing left to do here. ${there} to be told. Nothing was passed on.`;
}

/** `open`: the subtasks of whoever reads it. */
export function toldTo(open: readonly Pick<Subtask, 'key' | 'role' | 'state'>[]): string {
  const at = (state: Subtask['state']): string =>
    open
      .filter((subtask) => subtask.state === state)
      .map(subtaskName)
      .join(', ');
  const [running, pending] = [at('running'), at('pending')];
  const now = running === '' ? '' : `Passed on. ${running}: read before the next model call.`;
  if (pending === '') return now === '' ? 'Passed on. Whoever begins next reads it at the start.' : now;
  return `${now === '' ? 'Passed on.' : now} ${pending}: read at the start.`;
}

export function workRunsAlready(task: Task): string {
  const state = task.state.replaceAll('_', ' ');
  const steer =
    task.state === 'awaiting_approval'
      ? `${code('/crew approve')} starts the work, ${code('/crew plan <what to change>')} changes the plan`
      : `${code('/crew tell <text>')} steers it`;
  return `The crew works on this already (${task.kind}, ${state}), so the label started nothing new. ${steer}, ${code('/crew stop')} ends it; apply the label again after that.`;
}

export function reviewRunsAlready(headSha: string): string {
  return `A review of ${code(headSha.slice(0, 7))} runs already and will be published here, so the label started none. ${code('/crew stop')} ends it.`;
}

export const retryUsage = `${code('/crew retry')} takes nothing, or ${code('from <subtask>')} with a key of the checklist, as in ${code('/crew retry from S2')}. Nothing was started.`;

export function noSuchSubtask(key: string, keys: readonly string[]): string {
  const shown = keys.slice(0, KEYS_SHOWN_MAX).map(code).join(', ');
  const known =
    keys.length === 0 ? 'There is no work here yet that could be done again.' : `There are: ${shown}.`;
  return `No subtask ${code(key.slice(0, 60))} can be done again here. ${known} Nothing was started.`;
}

export function doneIsDone(opened: boolean): string {
  return opened
    ? 'The work is done and its pull request is open: what should be different there is said on the pull request. Nothing was started.'
    : `The work is done. ${code('/crew plan')} begins anew. Nothing was started.`;
}

export const outcomeLeft = `The outcome was on its way to GitHub already, so no part of it can be done again. ${code('/crew retry')} goes on with it, ${code('/crew plan')} begins anew. Nothing was started.`;

/** Of an effect that was planned before a stop. */
export const taskStopped = 'The task was stopped before this was done.';

export const budgetUsage = `${code('/crew budget')} takes an amount in USD, as in ${code('/crew budget $5')} or ${code('/crew budget 5.50')}; alone it tells what is spent. Nothing was changed.`;
export const nothingToBudget = 'The crew was asked for nothing here yet, so there is no budget to speak of.';

export function budgetOverLimit(wantedUsd: number, limitUsd: number): string {
  return `${usd(wantedUsd)} is more than the ${usd(limitUsd)} that the operator allows a task (${code('CREW_BUDGET_USD')}). Nothing was changed; ${code(`/crew budget ${limitUsd.toFixed(2)}`)} is the most.`;
}

export function budgetBelowSpent(wantedUsd: number, spentUsd: number): string {
  return `${usd(spentUsd)} is spent already, so the budget cannot be ${usd(wantedUsd)}. ${code('/crew stop')} ends the work. Nothing was changed.`;
}

export function taskIsOver(task: Task): string {
  return `The newest task here is over (${task.state.replaceAll('_', ' ')}), so its budget changes nothing any more.`;
}

/** `goesOn`: whether that takes it up again. */
export function budgetSet(task: Task, budgetUsd: number, goesOn: boolean): string {
  const set = `The budget of this task is ${usd(budgetUsd)} now; ${usd(task.costUsd)} is spent.`;
  switch (task.state) {
    case 'over_budget':
      return goesOn
        ? `${set} It is taken up again.`
        : `${set} It ended at a limit of the month, though: when that has room again, ${code('/crew retry')} takes it up.`;
    case 'failed':
    case 'stopped':
      return `${set} ${code('/crew retry')} takes it up again.`;
    default:
      return set;
  }
}

export interface MonthSpending {
  readonly now: Date;
  readonly spentUsd: number;
  /** Null: no limit. */
  readonly limitUsd: number | null;
}

export function budgetTold(task: Task | undefined, { now, spentUsd, limitUsd }: MonthSpending): string {
  const own =
    task === undefined
      ? nothingToBudget
      : `The newest task here (${task.kind}, ${task.state.replaceAll('_', ' ')}) has spent ${usd(task.costUsd)} of its budget of ${usd(task.budgetUsd)}.`;
  const limit = limitUsd === null ? 'there is no limit for it' : `the limit is ${usd(limitUsd)}`;
  return `${own} In ${now.toISOString().slice(0, 7)} (UTC) this repository has spent ${usd(spentUsd)}; ${limit}.`;
}

/** What of a task that ended early is still there; '' when nothing is. */
export function keptText(done: readonly Pick<Subtask, 'key' | 'role'>[], branch: string | null): string {
  const who = done.map(subtaskName).join(', ');
  const work =
    done.length === 0
      ? 'No work was finished, so there is none to keep.'
      : `The work of ${count(done.length, 'subtask')} is kept for ${code('/crew retry')}: ${who}.`;
  return branch === null
    ? `${work} No branch was pushed.`
    : `${work} The branch ${code(branch)} stays as it is.`;
}
