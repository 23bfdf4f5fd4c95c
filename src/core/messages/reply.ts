/** What a specialist answers in the thread of a finding. */
import type { ReplyAnswer } from '../answers.ts';
import type { Task } from '../records.ts';
import type { TaskRecords } from '../store-ports.ts';
import { inlineText, modelText, usd } from './format.ts';
import { withoutSuggestions } from './without-suggestions.ts';

const ANSWER_LIMIT = 10_000;
const LESSON_LIMIT = 500;

export function replyBody({ task, subtasks }: TaskRecords, answer: ReplyAnswer): string {
  const role = subtasks.find(({ kind }) => kind === 'reply')?.role ?? 'crew';
  const said = modelText(answer.answer, ANSWER_LIMIT, withoutSuggestions).trim();
  return [
    said === '' ? 'The reply was read; there is nothing to add to it.' : said,
    consequence(answer),
    lessonText(answer),
    `<sub>Answered by ${inlineText(role, 40)} · ${usd(task.costUsd)}</sub>`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

export function replyFailure(task: Task): string {
  const why = modelText(task.reason ?? '', 2_000).trim();
  return `The crew could not answer this${why === '' ? '.' : `: ${why}`}\n\nThe finding stays as it is; a new reply asks again.`;
}

function consequence({ verdict }: ReplyAnswer): string {
  switch (verdict) {
    case 'stands':
      return '';
    case 'withdrawn':
      return '_The finding is withdrawn._';
    case 'dismissed':
      return '_The finding is dismissed: it will not be said again on this pull request._';
  }
}

function lessonText({ lesson }: ReplyAnswer): string {
  const text = inlineText(lesson ?? '', LESSON_LIMIT);
  return text === '' ? '' : `Remembered for this repository: ${text}`;
}
