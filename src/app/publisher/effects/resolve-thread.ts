/**
 * Ends the thread of one of our findings: says why, then resolves it. Whether it may is asked of GitHub right before; where only
 * the lines did not change, it says why and leaves the thread open. The race accepted: a person who writes between that look and the resolving, within a second or two, finds the thread resolved.
 */

import type { EffectOutcome } from '../../../core/effect-records.ts';
import { hasMarker } from '../../../core/marker.ts';
import { fingerprintIn } from '../../../core/review/fingerprint.ts';
import { createdAnswer, parseAnswer } from '../../github/answers.ts';
import { type ListedComment, type ListedThread, listThreads } from '../../github/list-threads.ts';
import { nullOn404 } from '../../github/when-gone.ts';
import type { EffectContext, EffectDefinition, EffectOf } from '../effect-definition.ts';
import { resolveThread } from '../resolve-thread.ts';

type Resolution = EffectOf<'resolve_thread'>;

interface Found {
  readonly thread: ListedThread;
  readonly url: string | null;
  readonly fromFork: boolean;
  /** Ours, of this effect. */
  readonly reply: ListedComment | null;
}

export const effect: EffectDefinition<'resolve_thread'> = {
  kind: 'resolve_thread',
  permissions: { pull_requests: 'write' },
  async look(context, effect) {
    const found = await find(context, effect);
    if (found === null) return null;
    const said = effect.action.reply === null || found.reply !== null;
    if (found.reply === null && !found.thread.resolved) return null;
    return { outcome: outcomeOf(found), current: said && found.thread.resolved };
  },
  async perform(context, effect) {
    const found = await find(context, effect);
    if (found === null) return { url: null, externalId: null, left: 'its thread is gone' };
    const said = outcomeOf(found);
    if (found.reply !== null && found.thread.resolved) return said;
    const left = whySilent(found.thread, effect.action.when);
    if (left !== null) return { ...said, left };
    const replied = isSaid(effect, found) ? said : await reply(context, effect, found);
    if (replied === null) return { ...said, left: 'its thread is gone' };
    if (effect.action.when === 'outdated' && !found.thread.outdated) {
      return { ...replied, left: 'its lines did not change' };
    }
    return resolveThread(context, found, replied);
  },
};

/** Our thread of the finding: the one that has this effect's reply, else the newest that is not resolved, else the newest. */
async function find(context: EffectContext, { key, action }: Resolution): Promise<Found | null> {
  const listed = await listThreads(context.github, { ...context.at, number: action.number }, context);
  const own = (listed?.threads ?? []).filter(({ comments: [first] }) => {
    return first?.by === 'us' && fingerprintIn(first.body) === action.fingerprint;
  });
  const replyIn = (thread: ListedThread) =>
    thread.comments.find(({ by, body }) => by === 'us' && hasMarker(body, key)) ?? null;
  const thread =
    own.findLast((one) => replyIn(one) !== null) ?? own.findLast(({ resolved }) => !resolved) ?? own.at(-1);
  if (listed === null || thread === undefined) return null;
  const url = thread.comments[0]?.url ?? null;
  return { thread, url, fromFork: listed.fromFork, reply: replyIn(thread) };
}

function outcomeOf({ reply, url }: Found): EffectOutcome {
  return { url: reply?.url ?? url, externalId: reply?.id ?? null };
}

/** Seen by `look`, though a read that lags may not show it now. */
function isSaid({ outcome }: Resolution, { reply }: Found): boolean {
  return reply !== null || typeof outcome?.externalId === 'number';
}

function whySilent(thread: ListedThread, when: Resolution['action']['when']): string | null {
  if (thread.resolved) return 'the thread is resolved already';
  return when === 'outdated' && thread.humanReplied ? 'a person replied in the thread' : null;
}

/** Null when there is nothing to reply to any more. */
async function reply(
  { github, at, texts }: EffectContext,
  { key, action }: Resolution,
  { thread, url }: Found,
): Promise<EffectOutcome | null> {
  if (action.reply === null) return { url, externalId: null };
  const commentId = thread.comments[0]?.id;
  if (commentId === undefined) return null;
  const body = await texts.reply(action.reply, key);
  const target = { ...at, pull_number: action.number, comment_id: commentId };
  const answer = await nullOn404(github.rest.pulls.createReplyForReviewComment({ ...target, body }));
  if (answer === null) return null;
  const { id, html_url } = parseAnswer(createdAnswer, answer.data, 'a review comment');
  return { url: html_url ?? null, externalId: id };
}
