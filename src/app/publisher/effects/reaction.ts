/** A reaction. GitHub keeps one of each kind per person, and answers 200 for one that stands already. */
import { createdAnswer, parseAnswer } from '../../github/answers.ts';
import type { EffectContext, EffectDefinition, EffectOf } from '../effect-definition.ts';

export const effect: EffectDefinition<'reaction'> = {
  kind: 'reaction',
  permissions: ({ target }) =>
    target.on === 'review_comment' ? { pull_requests: 'write' } : { issues: 'write', pull_requests: 'write' },
  look: null,
  async perform(context, effect) {
    const { id } = parseAnswer(createdAnswer, await react(context, effect), 'a reaction');
    return { url: null, externalId: id };
  },
};

async function react({ github, at }: EffectContext, { action }: EffectOf<'reaction'>): Promise<unknown> {
  const { target, content } = action;
  switch (target.on) {
    case 'issue':
      return (await github.rest.reactions.createForIssue({ ...at, issue_number: target.number, content }))
        .data;
    case 'issue_comment':
      return (
        await github.rest.reactions.createForIssueComment({ ...at, comment_id: target.commentId, content })
      ).data;
    case 'review_comment':
      return (
        await github.rest.reactions.createForPullRequestReviewComment({
          ...at,
          comment_id: target.commentId,
          content,
        })
      ).data;
  }
}
