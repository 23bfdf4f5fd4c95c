/** A plan as people are asked to approve it, and as it is kept afterwards. */
import type { PlannedSubtask } from '../answers.ts';
import type { Plan } from '../records.ts';
import { count, folded, inlineText, modelText, usd } from './format.ts';

/** Risks and questions that are shown, each. */
const NOTES_SHOWN = 10;

/** How much is shown; less of it when the whole would not fit into a comment. */
export interface PlanDetail {
  readonly summaryChars: number;
  readonly goalChars: number;
  /** Acceptance criteria and files of a subtask, each. */
  readonly lines: number;
}

export function planText(plan: Plan, detail: PlanDetail): string {
  const { answer } = plan;
  const body = [
    modelText(answer.summary, detail.summaryChars),
    answer.subtasks.map((subtask) => plannedSubtask(subtask, detail)).join('\n'),
    notes('Risks', answer.risks),
    notes('Questions', answer.questions),
    `Cost: at most ${usd(plan.estimateUsd)}.`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
  if (plan.state === 'proposed') return body;
  return folded(
    `The plan (version ${plan.version}${plan.approvedBy === null ? '' : `, approved by ${plan.approvedBy}`})`,
    body,
  );
}

function plannedSubtask(subtask: PlannedSubtask, { goalChars, lines }: PlanDetail): string {
  const needs = subtask.depends_on.slice(0, NOTES_SHOWN).map((key) => inlineText(key, 8));
  const after = needs.length === 0 ? '' : ` · after ${needs.join(', ')}`;
  const files = subtask.files.slice(0, lines).map((file) => inlineText(file, 120));
  const left = subtask.acceptance.length - lines;
  return [
    `1. **${inlineText(subtask.key, 8)} ${inlineText(subtask.title, 120)}** (${inlineText(subtask.role, 40)}${after})`,
    `   - ${inlineText(subtask.goal, goalChars)}`,
    ...subtask.acceptance.slice(0, lines).map((line) => `   - ${inlineText(line, goalChars)}`),
    ...(left > 0
      ? [`   - ${count(left, 'acceptance criterion', 'acceptance criteria')} not shown here`]
      : []),
    ...(files.length === 0 ? [] : [`   - files: ${files.join(', ')}${more(subtask.files.length - lines)}`]),
  ].join('\n');
}

function notes(title: string, texts: readonly string[]): string {
  if (texts.length === 0) return '';
  const lines = texts.slice(0, NOTES_SHOWN).map((text) => `- ${inlineText(text, 300)}`);
  return [
    `${title}:`,
    ...lines,
    ...(texts.length > NOTES_SHOWN ? [`-${more(texts.length - NOTES_SHOWN)}`] : []),
  ].join('\n');
}

function more(amount: number): string {
  return amount > 0 ? ` and ${amount} more` : '';
}
