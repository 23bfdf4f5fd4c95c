/** A plan, and what the Strategist asks, as people read them in a terminal. Pure. */
import { type Colors, indented, line, plainText, upTo } from './plain-text.ts';
import type { ReportedPlan } from './run-report.ts';

const LINES_MAX = 20;

export function printPlan(plan: ReportedPlan, colors: Colors): string {
  const parts = [
    `${colors.bold('Plan')}\n${indented(plainText(plan.summary).trim())}`,
    ...plan.subtasks.map((subtask) => subtaskText(subtask, colors)),
    listed('Risks', plan.risks),
    listed('Open questions, with the choice that the plan makes', plan.questions),
    plan.estimate_usd === null ? '' : `Cost: at most $${plan.estimate_usd.toFixed(2)}`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

export function printQuestions(
  { summary, questions }: Pick<ReportedPlan, 'summary' | 'questions'>,
  colors: Colors,
): string {
  const asked = listed('The Strategist asks before anything can be planned', questions);
  const why = plainText(summary).trim();
  return `${[colors.bold(asked), why === '' ? '' : indented(why)].filter(Boolean).join('\n')}\n`;
}

function subtaskText(subtask: ReportedPlan['subtasks'][number], colors: Colors): string {
  const { key, role, title, goal, acceptance, files, depends_on: after } = subtask;
  const needs = after.length === 0 ? '' : colors.dim(`, after ${after.map(line).join(', ')}`);
  const rest = [
    plainText(goal).trim(),
    ...shown(acceptance).map((text) => `- ${text}`),
    ...(files.length === 0 ? [] : [colors.dim(`files: ${shown(files).join(', ')}`)]),
  ];
  return [
    `${colors.bold(`${line(key)} ${line(title)}`)} ${colors.cyan(`(${line(role)})`)}${needs}`,
    indented(rest.join('\n')),
  ].join('\n');
}

function listed(title: string, texts: readonly string[]): string {
  if (texts.length === 0) return '';
  return [`${title}:`, ...shown(texts).map((text) => `- ${text}`)].join('\n');
}

function shown(texts: readonly string[]): readonly string[] {
  return upTo(LINES_MAX, texts.map(line));
}
