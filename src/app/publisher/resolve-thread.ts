/** Resolves a thread, by a token of its own for this one request. */

import type { EffectOutcome } from '../../core/effect-records.ts';
import { UserError } from '../../core/errors.ts';
import type { ListedThread } from '../github/list-threads.ts';
import { isRefusal } from '../github/refusal.ts';
import type { EffectContext } from './effect-definition.ts';

/** Resolving asks for `contents: write`, which changes nothing of them (github.com/orgs/community/discussions/44650). */
const RESOLVING = { contents: 'write', pull_requests: 'write' } as const;
const RESOLVE = `mutation($threadId: ID!) {
  resolveReviewThread(input: { threadId: $threadId }) { thread { isResolved } }
}`;

/** `said` is the outcome. What was said stands, also where GitHub does not let us resolve: that is for a person to do then, and no failure. */
export async function resolveThread(
  context: EffectContext,
  { thread, fromFork }: { readonly thread: ListedThread; readonly fromFork: boolean },
  said: EffectOutcome,
): Promise<EffectOutcome> {
  if (fromFork) return { ...said, left: 'on a fork the crew holds no token that could resolve threads' };
  try {
    const github = await context.clientWith(RESOLVING);
    await github.graphql(RESOLVE, { threadId: thread.id });
    return said;
  } catch (error) {
    if (isRefusal(error, 404)) return { ...said, left: 'its thread is gone' };
    if (!(error instanceof UserError)) throw error;
    context.log.warn({ error: error.message }, 'thread left open: GitHub does not let us resolve it');
    return { ...said, left: `GitHub does not let the App resolve it: ${error.message}` };
  }
}
