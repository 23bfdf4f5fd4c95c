/** What the Strategist answered, for people: a plan that they are asked to approve and that is kept afterwards, a question, or why nothing is done. */
import { isDeepStrictEqual } from 'node:util';
import type { PlannedSubtask } from '../answers.ts';
import { newestDraft, newestLook, PLAN_ROUNDS_MAX } from '../implement/plan-rounds.ts';
import { protectedIn } from '../implement/protected-paths.ts';
import type { Plan } from '../records.ts';
import { shorten } from '../shorten.ts';
import type { TaskRecords } from '../store-ports.ts';
import { bullets, code, count, folded, inlineText, joined, modelText, usd } from './format.ts';
import { planGraph } from './plan-graph.ts';

/** Risks, questions and protected paths that are shown, each. */
const NOTES_SHOWN = 10;
const NOTE_CHARS = 300;
const PATH_CHARS = 120;
const LOGIN_CHARS = 60;
/** Of the Strategist's own words in the reason of a task that ends. */
const REASON_CHARS = 1_500;

/** How much is shown; less of it when the whole would not fit into a comment. */
export interface PlanDetail {
  readonly summaryChars: number;
  readonly goalChars: number;
  /** Acceptance criteria and files of a subtask, each. */
  readonly lines: number;
}

/** What is asked or planned now; '' before there is any of it. */
export function planningText(records: TaskRecords, detail: PlanDetail): string {
  const { plan } = records;
  return joined([questionText(records, detail), plan === null ? '' : planText(records, plan, detail)]);
}

export function nothingToDo(summary: string): string {
  return `Nothing has to be done, the Strategist found.\n\n${shorten(summary.trim(), REASON_CHARS)}`;
}

export function planNotWorkable(problems: readonly string[]): string {
  return `The plan cannot be worked on. ${problems.join(' ')}`;
}

export function askedTooOften(questions: readonly string[]): string {
  const what = `The Strategist planned ${PLAN_ROUNDS_MAX} times, which is the limit, and still has to ask. Write the answers into the issue, then start anew with \`/crew plan\`.`;
  return joined([what, notes('Questions', questions, NOTE_CHARS)]);
}

function questionText(records: TaskRecords, detail: PlanDetail): string {
  if (records.task.state !== 'awaiting_answer') return '';
  const draft = newestDraft(records);
  if (draft === null) return '';
  return joined([
    modelText(draft.summary, detail.summaryChars),
    notes('Questions', draft.questions, detail.goalChars),
  ]);
}

function planText(records: TaskRecords, plan: Plan, detail: PlanDetail): string {
  const { answer, estimates } = plan;
  const body = joined([
    plan.version > 1 ? `This is version ${plan.version} of the plan.` : '',
    lookText(records, plan, detail),
    modelText(answer.summary, detail.summaryChars),
    answer.subtasks.map((subtask) => plannedSubtask(subtask, estimates[subtask.key], detail)).join('\n'),
    detail.lines === 0 ? '' : planGraph(answer.subtasks),
    protectedText(records, plan),
    notes('Risks', answer.risks, NOTE_CHARS),
    notes('Questions', answer.questions, NOTE_CHARS),
    `Cost: at most ${usd(plan.estimateUsd)}.`,
  ]);
  switch (plan.state) {
    case 'proposed':
      return body;
    case 'superseded':
      return folded(`An earlier plan (version ${plan.version})`, body);
    case 'approved':
      return folded(
        `The plan (version ${plan.version}${plan.approvedBy === null ? '' : `, approved by ${shorten(plan.approvedBy, LOGIN_CHARS)}`})`,
        body,
      );
  }
}

function plannedSubtask(
  subtask: PlannedSubtask,
  mostUsd: number | undefined,
  { goalChars, lines }: PlanDetail,
): string {
  const needs = subtask.depends_on.slice(0, NOTES_SHOWN).map((key) => inlineText(key, 8));
  const facts = [
    inlineText(subtask.role, 40),
    ...(needs.length === 0 ? [] : [`after ${needs.join(', ')}`]),
    ...(mostUsd === undefined ? [] : [`at most ${usd(mostUsd)}`]),
  ];
  const files = subtask.files.slice(0, lines).map((file) => inlineText(file, PATH_CHARS));
  const left = subtask.acceptance.length - lines;
  return [
    `1. **${inlineText(subtask.key, 8)} ${inlineText(subtask.title, 120)}** (${facts.join(' · ')})`,
    `   - ${inlineText(subtask.goal, goalChars)}`,
    ...subtask.acceptance.slice(0, lines).map((line) => `   - done when: ${inlineText(line, goalChars)}`),
    ...(left > 0
      ? [`   - ${count(left, 'acceptance criterion', 'acceptance criteria')} not shown here`]
      : []),
    ...(files.length === 0 ? [] : [`   - files: ${files.join(', ')}${more(subtask.files.length - lines)}`]),
  ].join('\n');
}

/** Of a plan in force; an earlier one had its own look. */
function lookText(records: TaskRecords, { answer, state }: Plan, { goalChars }: PlanDetail): string {
  const look = state === 'superseded' ? null : newestLook(records);
  if (look === null) return '';
  if (look.kind === 'failed') {
    return `The Architect could not look at this plan, so it stands as the Strategist made it: ${inlineText(look.message, goalChars)}`;
  }
  if (look.answer.verdict === 'agree') return 'The Architect looked at this plan and agrees with it.';
  const isTaken = isDeepStrictEqual(look.answer.plan, answer);
  return isTaken ? `The Architect amended this plan: ${inlineText(look.answer.reason, goalChars)}` : '';
}

function protectedText({ task: { request } }: TaskRecords, { answer, state }: Plan): string {
  if (request.kind !== 'implement') return '';
  const paths = protectedIn(answer, request.config.protectedPaths);
  if (paths.length === 0) return '';
  const shown = paths.slice(0, NOTES_SHOWN).map((path) => code(shorten(path, PATH_CHARS)));
  const list = `${shown.join(', ')}${more(paths.length - NOTES_SHOWN)}`;
  return state === 'proposed' && request.approval === 'auto'
    ? `It was asked for without approval, and waits all the same: it changes protected files, which takes a person's approval: ${list}.`
    : `It changes protected files: ${list}.`;
}

function notes(title: string, texts: readonly string[], chars: number): string {
  if (texts.length === 0) return '';
  const lines = texts.map((text) => inlineText(text, chars));
  return `${title}:\n${bullets(lines, NOTES_SHOWN)}`;
}

function more(amount: number): string {
  return amount > 0 ? ` and ${amount} more` : '';
}
