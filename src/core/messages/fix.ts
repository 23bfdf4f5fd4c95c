/** What people are told of rounds on a pull request of the crew's own. */
import type { Feedback, FixCause, FixRequest } from '../request-records.ts';
import { code, count, inlineText, joined, modelText } from './format.ts';

const SHOWN_MAX = 10;
const QUOTE_CHARS = 300;
const REPLY_CHARS = 4_000;
const NOTE_CHARS = 300;

export const notOurPull =
  '`/crew fix` works on pull requests that the crew opened. On others, `/crew review` reviews, and `/crew ask` answers.';
export const roundRuns = (taskId: string): string =>
  `A round on this pull request runs already (task ${taskId}). A comment joins it; \`/crew stop\` ends it.`;
export const roundIsBehind =
  'Something was pushed to this pull request since that round began, so it cannot go on. `/crew fix` begins one on what stands now, with the comments that wait for an answer.';
export const pullGone = 'The pull request is closed, so there is nothing to fix on it.';

export function needsHumanComment(why: string): string {
  return `A person has to look at this pull request. ${why}\n\nThe crew begins no more rounds here by itself until the label \`crew:needs-human\` is taken off, or somebody with write access writes \`/crew fix <what to do>\`.`;
}

export function enoughRounds(most: number): string {
  return `There were ${most} rounds, which is all.`;
}

export function enoughBotRounds(most: number): string {
  return `There were ${most} rounds that no person asked for, which is all.`;
}

export function sameFailureAgain(rounds: number): string {
  return `The same checks failed in the same way after ${rounds} rounds.`;
}

export function conflictStays(reason: string): string {
  return joined(['It conflicts with its base, and could not be brought onto it.', modelText(reason, 1_000)]);
}

/** What a round is for, in one line of its comment. */
export function roundText({ cause, feedback, pullRequest }: FixRequest): string {
  const head = code(pullRequest.headSha.slice(0, 7));
  const words = feedback.length === 0 ? '' : ` It answers ${count(feedback.length, 'comment')} as well.`;
  switch (cause.kind) {
    case 'checks':
      return `A round on ${head}, because of what failed: ${failedNames(cause)}.${words}`;
    case 'conflict':
      return `A round on ${head}, to bring it onto ${code(cause.ontoSha.slice(0, 7))} of ${code(pullRequest.baseRef)}, with which it conflicts.${words}`;
    case 'feedback':
      return `A round on ${head}, for ${count(feedback.length, 'comment')} by ${authors(feedback)}.`;
    case 'asked':
      return `A round on ${head}${cause.note === '' ? '' : `: ${inlineText(cause.note, NOTE_CHARS)}`}.${words}`;
  }
}

function failedNames({ checks }: Extract<FixCause, { kind: 'checks' }>): string {
  const shown = checks.slice(0, SHOWN_MAX).map(({ name, conclusion }) => {
    return `${inlineText(name, 80)} (${inlineText(conclusion, 30)})`;
  });
  const more = checks.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function authors(feedback: readonly Feedback[]): string {
  const names = [...new Set(feedback.map(({ author }) => inlineText(author, 60)))];
  const shown = names.slice(0, SHOWN_MAX);
  const more = names.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

export interface Answered {
  readonly word: Feedback;
  readonly done: boolean;
  /** By the specialist; null where it has no answer. */
  readonly text: string | null;
}

/** In one thread; `sha`: the commit that was pushed, if any. */
export function threadAnswer(answered: readonly Answered[], role: string, sha: string | null): string {
  const many = answered.length > 1;
  const parts = answered.map(({ word, done, text }) => {
    return `${many ? `${quoted(word)}\n\n` : ''}${answerText(done, text)}`;
  });
  return [...parts, signature(role, sha)].join('\n\n');
}

/** To all that was said outside of threads. */
export function conversationAnswer(answered: readonly Answered[], role: string, sha: string | null): string {
  const parts = answered.map(({ word, done, text }) => `${quoted(word)}\n\n${answerText(done, text)}`);
  return [...parts, signature(role, sha)].join('\n\n');
}

function answerText(done: boolean, text: string | null): string {
  const said = modelText(text ?? '', REPLY_CHARS).trim();
  if (said !== '') return done ? said : `Not done. ${said}`;
  return done ? 'Done.' : 'This was not taken up in this round; a new comment asks again.';
}

function quoted({ author, body, on }: Feedback): string {
  const what = on === 'review' ? 'review' : 'comment';
  return `> ${inlineText(author, 60)}, in a ${what}: ${inlineText(body, QUOTE_CHARS)}`;
}

function signature(role: string, sha: string | null): string {
  const where = sha === null ? 'nothing was changed' : `in ${sha.slice(0, 7)}`;
  return `<sub>Answered by ${inlineText(role, 40)} · ${where}</sub>`;
}

export const nothingToFix = 'Nothing was changed, and there is nothing to answer.';
export const roundWithoutChange = 'The round changed nothing, so what it was for is as it was.';
/** Mail to those who work while it is said. */
export function feedbackMail({ id, body, path, line }: Feedback): string {
  const where = path === null ? '' : ` on ${path}${line === null ? '' : `:${line}`}`;
  return `Comment ${id}${where}, to be answered as well, with this id in \`replies\`: ${body}`;
}
