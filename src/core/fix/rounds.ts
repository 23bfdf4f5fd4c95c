/** How many rounds a pull request of the crew's own gets before a person has to look. Pure. */
import { enoughBotRounds, enoughRounds, sameFailureAgain } from '../messages/fix.ts';
import type { Task } from '../records.ts';
import type { FixCause, FixRequest } from '../request-records.ts';

const SAME_CAUSE_MAX = 2;
const BOT_ROUNDS_MAX = 5;
const ROUNDS_MAX = 10;

/** Why one more round is not begun, as a sentence; null when it may be. `tasks`: on the pull request, newest first. */
export function whyNoRound(
  next: Pick<FixRequest, 'cause' | 'feedback'>,
  tasks: readonly Task[],
): string | null {
  const rounds = tasks.flatMap(({ request }) => (request.kind === 'fix' ? [request] : []));
  if (rounds.length >= ROUNDS_MAX) return enoughRounds(ROUNDS_MAX);
  if (!isByBot(next)) return null;
  const asked = rounds.findIndex(({ cause }) => cause.kind === 'asked');
  const recent = asked === -1 ? rounds : rounds.slice(0, asked);
  if (isSameAgain(next.cause, recent)) return sameFailureAgain(SAME_CAUSE_MAX);
  return recent.filter(isByBot).length < BOT_ROUNDS_MAX ? null : enoughBotRounds(BOT_ROUNDS_MAX);
}

/** Checks, conflicts and the words of bots: nobody who would notice asks for these. */
export function isByBot({ cause, feedback }: Pick<FixRequest, 'cause' | 'feedback'>): boolean {
  switch (cause.kind) {
    case 'checks':
    case 'conflict':
      return true;
    case 'feedback':
      return feedback.every(({ isBot }) => isBot);
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
