/** The sticky comment of a task, at any moment of its life. */
import type { TaskRecords } from '../ports.ts';
import type { Plan, Subtask, Task } from '../records.ts';
import { duration, folded, inlineText, modelText, usd } from './format.ts';
import { checksText, commitsText, receiptTable } from './receipt.ts';

const SUMMARY_LIMIT = 4_000;
const REASON_LIMIT = 2_000;

export function progressComment(records: TaskRecords): string {
  const { task, plan } = records;
  const parts = [
    `**${headline(task)}**`,
    task.reason === null ? '' : modelText(task.reason, REASON_LIMIT),
    outcomeLinks(records),
    plan === null ? '' : planText(plan),
    checklist(records),
    approvalText(task, plan),
    verifiedText(records),
    folded('Receipt', receiptTable(records)),
    `<sub>Task ${task.id} · asked by ${inlineText(task.requester, 60)} · ${usd(task.costUsd)} of ${usd(task.budgetUsd)}</sub>`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function headline(task: Task): string {
  switch (task.state) {
    case 'queued':
      return 'The crew has taken this up.';
    case 'planning':
      return 'The Strategist is drafting a plan.';
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
      return 'The crew could not finish this. `/crew retry` tries again.';
    case 'stopped':
      return 'Stopped. `/crew retry` takes it up again.';
    case 'over_budget':
      return 'Stopped at the budget. Raise `budget.per_task_usd` in `.github/crew.yml` and ask anew.';
  }
}

function outcomeLinks(records: TaskRecords): string {
  const links = records.effects.flatMap(({ action, outcome }) => {
    if (outcome?.url == null) return [];
    if (action.kind === 'open_pull_request') return [`Pull request: ${outcome.url}`];
    return action.kind === 'push_branch' ? [`Branch: ${outcome.url}`] : [];
  });
  return links.join('\n');
}

function planText(plan: Plan): string {
  const { answer } = plan;
  const rows = answer.subtasks.map((subtask) => {
    const needs =
      subtask.depends_on.length === 0
        ? ''
        : ` · after ${subtask.depends_on.map((key) => inlineText(key, 8)).join(', ')}`;
    const acceptance = subtask.acceptance.map((line) => `   - ${inlineText(line, 300)}`).join('\n');
    const files =
      subtask.files.length === 0
        ? ''
        : `\n   - files: ${subtask.files.map((file) => inlineText(file, 120)).join(', ')}`;
    return `1. **${inlineText(subtask.key, 8)} ${inlineText(subtask.title, 120)}** (${inlineText(subtask.role, 40)}${needs})\n   - ${inlineText(subtask.goal, 600)}\n${acceptance}${files}`;
  });
  const risks =
    answer.risks.length === 0
      ? ''
      : `\n\nRisks:\n${answer.risks.map((risk) => `- ${inlineText(risk, 400)}`).join('\n')}`;
  const body = `${modelText(answer.summary, SUMMARY_LIMIT)}\n\n${rows.join('\n')}${risks}\n\nEstimated cost: ${usd(plan.estimateUsd)}`;
  return plan.state === 'proposed'
    ? body
    : folded(
        `The plan (version ${plan.version}${plan.approvedBy === null ? '' : `, approved by ${inlineText(plan.approvedBy, 60)}`})`,
        body,
      );
}

function approvalText(task: Task, plan: Plan | null): string {
  if (task.state !== 'awaiting_approval' || plan === null) return '';
  return 'A writer approves it with `/crew approve`, asks for another with `/crew plan <what to change>`, or ends it with `/crew stop`.';
}

export function checklist(records: TaskRecords): string {
  return records.subtasks.map((subtask) => checklistLine(records, subtask)).join('\n');
}

function checklistLine(records: TaskRecords, subtask: Subtask): string {
  const result = records.results.find((candidate) => candidate.subtaskId === subtask.id);
  const facts = [
    inlineText(subtask.role, 40),
    stateWord(subtask),
    ...(result === undefined ? [] : [duration(result.durationMs)]),
    ...(subtask.costUsd > 0 ? [usd(subtask.costUsd)] : []),
  ];
  return `- [${subtask.state === 'done' ? 'x' : ' '}] ${inlineText(subtask.key, 40)}: ${inlineText(subtask.title, 120)} (${facts.join(', ')})`;
}

function stateWord(subtask: Subtask): string {
  if (subtask.state === 'running' && subtask.attempts > 1) return `running, attempt ${subtask.attempts}`;
  return subtask.state === 'pending' ? 'waiting' : subtask.state;
}

function verifiedText(records: TaskRecords): string {
  const outcome = records.results.find((result) => result.outcome.kind === 'checks')?.outcome;
  if (outcome?.kind !== 'checks') return '';
  return `${commitsText(outcome.commits)}\n\n${checksText(outcome.runs)}`;
}
