/** The sticky comment of a task, at any moment of its life. */

import { CONFLICTS_MAX } from '../implement/setbacks.ts';
import type { LiveUrl } from '../live-link.ts';
import { checkedOf } from '../next-steps/checked.ts';
import { isOverMonth } from '../next-steps/failure.ts';
import type { Subtask, Task, TaskState } from '../records.ts';
import { resultOf } from '../result-of.ts';
import type { TaskRecords } from '../store-ports.ts';
import { roundText } from './fix.ts';
import {
  BODY_LIMIT_CHARS,
  duration,
  firstThatFits,
  folded,
  inlineText,
  joined,
  modelText,
  usd,
} from './format.ts';
import { type PlanDetail, planningText } from './plan.ts';
import { checksText, commitsText, OUTPUT_SHOWN, receiptTable } from './receipt.ts';
import { keptText } from './steering.ts';

const ENDED_EARLY: readonly TaskState[] = ['failed', 'stopped', 'over_budget'];
const SUMMARY_LIMIT = 4_000;
const REASON_LIMIT = 2_000;

/** What the records do not tell: the time, and where the task can be watched. */
export interface Showing {
  readonly now: Date;
  readonly liveUrl: LiveUrl;
}

/** How much is shown; less of it when the whole would not fit into a comment. */
interface Detail extends PlanDetail {
  readonly outputChars: number;
}

const DETAILS: readonly Detail[] = [
  { summaryChars: SUMMARY_LIMIT, goalChars: 600, lines: 12, outputChars: OUTPUT_SHOWN },
  { summaryChars: 1_500, goalChars: 200, lines: 2, outputChars: 500 },
  { summaryChars: 500, goalChars: 80, lines: 0, outputChars: 0 },
];

/** Fits into one comment, whatever the records hold. */
export function progressComment(records: TaskRecords, showing: Showing | null = null): string {
  return firstThatFits(
    BODY_LIMIT_CHARS,
    DETAILS.map((detail) => () => commentWith(records, showing, detail)),
  );
}

function commentWith(records: TaskRecords, showing: Showing | null, detail: Detail): string {
  const { task } = records;
  const parts = [
    `**${headline(task)}**`,
    task.request.kind === 'fix' ? roundText(task.request) : '',
    task.reason === null ? '' : modelText(task.reason, REASON_LIMIT),
    outcomeLinks(records),
    whatIsKept(records),
    whatNext(records),
    planningText(records, detail),
    checklist(records, showing?.now ?? null),
    verifiedText(records, detail),
    folded('Receipt', receiptTable(records)),
    foot(task, showing),
  ];
  return joined(parts);
}

function foot(task: Task, showing: Showing | null): string {
  const live = showing?.liveUrl(task.id) ?? null;
  const facts = [
    `Task ${task.id}`,
    `asked by ${inlineText(task.requester, 60)}`,
    `${usd(task.costUsd)} of ${usd(task.budgetUsd)}`,
    ...(live === null ? [] : [`[live view](${live})`]),
  ];
  return `<sub>${facts.join(' · ')}</sub>`;
}

/** Said of work that ended early; what was only planned or asked leaves nothing behind. */
function whatIsKept({ task, subtasks, effects }: TaskRecords): string {
  if (!ENDED_EARLY.includes(task.state)) return '';
  const work = subtasks.filter(({ kind }) => kind === 'work');
  if (work.length === 0) return '';
  const branches = effects.flatMap(({ action, outcome }) =>
    action.kind === 'push_branch' && outcome !== null ? [action.branch] : [],
  );
  const done = work.filter(({ state }) => state === 'done');
  return keptText(done, branches.at(-1) ?? null);
}

export function headline(task: Task): string {
  switch (task.state) {
    case 'queued':
      return 'The crew has taken this up.';
    case 'planning':
      return 'The Strategist is drafting a plan.';
    case 'awaiting_answer':
      return 'The Strategist has to know more before it can plan.';
    case 'awaiting_approval':
      return 'Here is the plan. It waits for approval.';
    case 'working':
      return 'The crew is at work.';
    case 'verifying':
      return 'The work is integrated; the checks of the repository are running.';
    case 'publishing':
      return 'The outcome is on its way to GitHub.';
    case 'done':
      return 'Done.';
    case 'failed':
      return 'The crew could not finish this.';
    case 'stopped':
      return 'Stopped.';
    case 'over_budget':
      return 'Stopped at the budget.';
  }
}

function outcomeLinks(records: TaskRecords): string {
  const links = records.effects.flatMap(({ action, outcome }) => {
    if (outcome?.url == null) return [];
    if (action.kind === 'open_pull_request') return [`Pull request: ${outcome.url}`];
    if (action.kind !== 'push_branch') return [];
    const left = outcome.left === undefined ? '' : ` (${inlineText(outcome.left, REASON_LIMIT)})`;
    return [`Branch: ${outcome.url}${left}`];
  });
  return links.join('\n');
}

function whatNext(records: TaskRecords): string {
  switch (records.task.state) {
    case 'awaiting_answer':
      return 'A writer answers in a comment here, or with `/crew plan <answer>`; work waits for it. `/crew stop` ends it.';
    case 'awaiting_approval':
      return 'A writer approves it with `/crew approve`, has it revised with `/crew plan <what to change>`, or ends it with `/crew stop`.';
    case 'failed':
    case 'stopped':
      return '`/crew retry` takes it up again where it ended.';
    case 'over_budget':
      if (isOverMonth(records))
        return 'When there is room again, `/crew retry` goes on; what was done is kept.';
      return '`/crew budget <amount>` raises what this task may cost, up to what the operator allows, and takes it up again; what was done is kept.';
    default:
      return '';
  }
}

/** `now` null: without how long what runs has been running. */
export function checklist(records: TaskRecords, now: Date | null = null): string {
  return records.subtasks.map((subtask) => checklistLine(records, subtask, now)).join('\n');
}

function checklistLine(records: TaskRecords, subtask: Subtask, now: Date | null): string {
  const result = resultOf(records, subtask);
  const facts = [
    inlineText(subtask.role, 40),
    stateWord(subtask, now),
    ...(result === null ? [] : [duration(result.durationMs)]),
    ...(subtask.costUsd > 0 ? [usd(subtask.costUsd)] : []),
  ];
  return `- [${subtask.state === 'done' ? 'x' : ' '}] ${inlineText(subtask.key, 40)}: ${inlineText(subtask.title, 120)} (${facts.join(', ')})`;
}

export function stateWord({ state, attempts, setbacks, startedAt }: Subtask, now: Date | null): string {
  const back = setbacks.length === 0 ? '' : rebasing(setbacks.length);
  if (state === 'pending') return back || 'waiting';
  if (state !== 'running') return state;
  const again = attempts > 1 ? `, attempt ${attempts}` : '';
  return `${back || 'running'}${again}${now === null ? '' : since(startedAt, now)}`;
}

/** In minutes: a comment is not edited for the sake of seconds. */
function since(startedAt: string | null, now: Date): string {
  if (startedAt === null) return '';
  const minutes = Math.floor((now.getTime() - Date.parse(startedAt)) / 60_000);
  return minutes < 1 ? '' : ` for ${duration(minutes * 60_000).replace(' 0 s', '')}`;
}

/** Work that did not fit goes to the Architect after its rounds. */
function rebasing(round: number): string {
  return round > CONFLICTS_MAX ? 'rebasing, by the Architect' : `rebasing, ${round} of ${CONFLICTS_MAX}`;
}

function verifiedText(records: TaskRecords, { outputChars }: Detail): string {
  const outcome = checkedOf(records);
  if (outcome === null) return '';
  // Without words in between, Markdown would have checklist and commits be one list.
  const commits = outcome.commits.length === 0 ? '' : `Commits:\n\n${commitsText(outcome.commits)}`;
  return joined([commits, checksText(outcome.runs, outputChars)]);
}
