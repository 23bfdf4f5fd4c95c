/** How many rounds a pull request of the crew's own gets before a person has to look. Pure. */
import type { Task } from '../records.ts';
import type { Feedback, FixCause, FixRequest } from '../request-records.ts';

const SAME_CAUSE_MAX = 2;
const BOT_ROUNDS_MAX = 5;
const ROUNDS_MAX = 10;

/** Why one more round is not begun, as a sentence; null when it may be. `tasks`: on the pull request, newest first. */
export function whyNoRound(
  next: Pick<FixRequest, 'cause' | 'feedback'>,
  tasks: readonly Task[],
): string | null {
  const rounds = tasks.flatMap(({ request }) => (request.kind === 'fix' ? [request] : []));
  if (rounds.length >= ROUNDS_MAX) return `There were ${ROUNDS_MAX} rounds, which is all.`;
  if (!isByBot(next)) return null;
  const asked = rounds.findIndex(({ cause }) => cause.kind === 'asked');
  const recent = asked === -1 ? rounds : rounds.slice(0, asked);
  if (isSameAgain(next.cause, recent)) {
    return `The same checks failed in the same way after ${SAME_CAUSE_MAX} rounds.`;
  }
  if (recent.filter(isByBot).length < BOT_ROUNDS_MAX) return null;
  return `There were ${BOT_ROUNDS_MAX} rounds that no person asked for, which is all.`;
}

/** Checks, conflicts and the words of bots: nobody who would notice asks for these. */
export function isByBot({ cause, feedback }: Pick<FixRequest, 'cause' | 'feedback'>): boolean {
  switch (cause.kind) {
    case 'checks':
    case 'conflict':
      return true;
    case 'feedback':
      return feedback.every(({ isBot }: Feedback) => isBot);
    case 'asked':
      return false;
  }
}

function isSameAgain(cause: FixCause, recent: readonly FixRequest[]): boolean {
  if (cause.kind !== 'checks') return false;
  const newest = recent
    .flatMap((round) => (round.cause.kind === 'checks' ? [round.cause.signature] : []))
    .slice(0, SAME_CAUSE_MAX);
  return newest.length === SAME_CAUSE_MAX && newest.every((signature) => signature === cause.signature);
}
