/**
 * Whoever answers the crew by program, a bot or somebody with a script, could go on with it for ever: of one account only so many
 * commands and labels are taken up on one issue or pull request within an hour, and people are told once. Deliveries that are handled
 * at the same moment may count one another too late: then it is a few more. Pure.
 */
import type { Change, Decision } from '../change.ts';
import type { Actor } from '../event.ts';
import { askedTooOften } from '../messages/commands.ts';
import type { Repository } from '../records.ts';
import type { Asks } from '../review/review-records.ts';
import { decided, type Facts, has, needs, type Verdict } from './facts.ts';
import { comment } from './requests.ts';

const BOT_ASKS_MAX = 10;
const PERSON_ASKS_MAX = 30;

export interface Asking {
  readonly repository: Repository;
  readonly number: number;
  readonly sender: Actor;
}

/** Of a verdict that changes something, what remains of it within the limit: all of it, counted, or nothing. */
export function withinAskLimit(asking: Asking, facts: Facts, verdict: Verdict): Verdict {
  if (verdict.kind !== 'decided') return verdict;
  const [first, ...others] = verdict.decisions.filter(({ changes }) => changes.length > 0);
  if (first === undefined) return verdict;
  if (!has(facts, 'asks')) return needs('asks');
  const refusal = refuseTooOften(asking, facts.asks);
  if (refusal !== null) return decided(refusal);
  return {
    kind: 'decided',
    decisions: [{ ...first, changes: [noteAsk(asking), ...first.changes] }, ...others],
  };
}

export function noteAsk({ repository, number }: Asking): Change {
  return { kind: 'note_ask', of: { repositoryId: repository.id, number } };
}

/** Null while the sender may go on asking. */
export function refuseTooOften({ repository, number, sender }: Asking, asks: Asks): Decision | null {
  const most = sender.isBot ? BOT_ASKS_MAX : PERSON_ASKS_MAX;
  if (asks.count < most) return null;
  const key = `too-often:${repository.id}:${number}:${sender.login}:${asks.beganAt}`;
  return {
    decided: 'ignored',
    reason: `${sender.login} asked for ${asks.count} things here within an hour, and no more is taken up`,
    actor: sender.login,
    changes: [comment(repository, key, number, askedTooOften(sender.login, most))],
  };
}
