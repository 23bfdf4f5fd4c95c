// What planning goes by beside the issue: the plan or the questions of earlier rounds. A model wrote them after reading the
// issue, so they are quoted as everything else is. They come as JSON, the shape of the answer, so that nothing of a plan is lost.

import type { AgentJob } from '../../core/agent-ports.ts';
import type { PlanAnswer } from '../../core/answers.ts';
import type { Subtask } from '../../core/records.ts';
import type { TaskRequest } from '../../core/request-records.ts';
import { BRIEFING_LIMITS as LIMITS } from './limits.ts';
import { attribute, quoteText } from './untrusted-text.ts';

/** The newest plan, amended where the Architect did so, and the questions that were asked after it, if any. */
export function roundSections({ teammates }: Pick<AgentJob, 'teammates'>): readonly string[] {
  const drafts = teammates.flatMap(({ subtask, result: { outcome } }) => {
    if (outcome.kind === 'plan') return [{ subtask, answer: outcome.answer }];
    if (outcome.kind !== 'amendment' || outcome.answer.verdict !== 'amend') return [];
    return outcome.answer.plan === null ? [] : [{ subtask, answer: outcome.answer.plan }];
  });
  const planned = drafts.findLastIndex(({ answer }) => answer.decision === 'plan');
  const asked = drafts.findLastIndex(({ answer }) => answer.decision === 'question');
  return drafts
    .filter((_draft, index) => index === planned || (index === asked && asked > planned))
    .map(draftSection);
}

/** Of a round after the first: whose words it answers. */
export function roundNote(request: TaskRequest, { kind, key }: Subtask): readonly string[] {
  if (request.kind !== 'implement' || kind !== 'plan') return [];
  const last = request.revisions?.at(-1);
  if (last === undefined) return [];
  const words =
    last.note.trim() === ''
      ? 'Nothing was said to it; the issue or the code may have changed since.'
      : 'The last note is what a person with write access said to it.';
  return [
    `This is a further round (${key}). Above stands the plan, or the questions, of the round before. ${words}`,
  ];
}

function draftSection({
  subtask,
  answer,
}: {
  readonly subtask: Subtask;
  readonly answer: PlanAnswer;
}): string {
  const tag = answer.decision === 'question' ? 'question' : 'plan';
  const text = tag === 'question' ? questionsOf(answer) : JSON.stringify(answer, null, 1);
  const by = `author="${attribute(subtask.role)}" round="${attribute(subtask.key)}"`;
  return `<${tag} ${by}>\n${quoteText(text, LIMITS.plan)}\n</${tag}>`;
}

function questionsOf({ summary, questions }: PlanAnswer): string {
  return [summary.trim(), ...questions.map((question) => `- ${question}`)]
    .filter((line) => line !== '')
    .join('\n');
}
