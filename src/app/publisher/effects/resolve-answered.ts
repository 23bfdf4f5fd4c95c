/** Resolves the thread in which a person's review comment was answered. Doing it twice is the same as once. */
import { listThreads } from '../../github/list-threads.ts';
import type { EffectDefinition } from '../effect-definition.ts';
import { resolveThread } from '../resolve-thread.ts';

export const effect: EffectDefinition<'resolve_answered'> = {
  kind: 'resolve_answered',
  permissions: { pull_requests: 'read' },
  look: null,
  async perform(context, { action }) {
    const listed = await listThreads(context.github, { ...context.at, number: action.number }, context);
    const thread = listed?.threads.find(({ comments }) => comments.some(({ id }) => id === action.commentId));
    const url = thread?.comments[0]?.url ?? null;
    const outcome = { url, externalId: action.commentId };
    if (listed === null || thread === undefined) return { ...outcome, left: 'its thread is gone' };
    if (thread.resolved) return { ...outcome, left: 'the thread is resolved already' };
    return resolveThread(context, { thread, fromFork: listed.fromFork }, outcome);
  },
};
