/** An answer in the thread of a review comment, posted once. A thread whose first comment is gone takes no answer. */
import { createdAnswer, parseAnswer } from '../../github/answers.ts';
import { nullOn404 } from '../../github/when-gone.ts';
import type { EffectDefinition } from '../effect-definition.ts';
import { findOwnReply } from '../find-own.ts';

export const effect: EffectDefinition<'thread_reply'> = {
  kind: 'thread_reply',
  permissions: { pull_requests: 'write' },
  async look(context, effect) {
    const outcome = await findOwnReply(context, effect);
    return outcome && { outcome, current: true };
  },
  async perform({ github, at, texts }, { key, action }) {
    const body = await texts.reply(action.body, key);
    const target = { ...at, pull_number: action.number, comment_id: action.commentId };
    const answer = await nullOn404(github.rest.pulls.createReplyForReviewComment({ ...target, body }));
    if (answer === null) return { url: null, externalId: null, left: 'the comment to answer is gone' };
    const { id, html_url } = parseAnswer(createdAnswer, answer.data, 'a review comment');
    return { url: html_url ?? null, externalId: id };
  },
};
