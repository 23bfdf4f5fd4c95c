/** Takes a pull request out of draft while it is open, a draft, and at the head that was checked. Doing it twice is the same as once. */
import type { EffectOutcome } from '../../../core/effect-records.ts';
import { draftAnswer, parseAnswer } from '../../github/answers.ts';
import { nullOn404 } from '../../github/when-gone.ts';
import type { EffectDefinition } from '../effect-definition.ts';

/** The mutation asks for `contents: write` as well (github.com/cli/cli/discussions/6924): a token of its own, for this one request. */
const MARKING = { contents: 'write', pull_requests: 'write' } as const;
const MARK = `mutation($pullRequestId: ID!) {
  markPullRequestReadyForReview(input: { pullRequestId: $pullRequestId }) { pullRequest { isDraft } }
}`;

export const effect: EffectDefinition<'ready_for_review'> = {
  kind: 'ready_for_review',
  permissions: { pull_requests: 'read' },
  look: null,
  async perform(context, { action }) {
    const { github, at } = context;
    const found = await nullOn404(github.rest.pulls.get({ ...at, pull_number: action.number }));
    if (found === null) return { url: null, externalId: null, left: 'the pull request is gone' };
    const pull = parseAnswer(draftAnswer, found.data, 'a pull request');
    const outcome: EffectOutcome = { url: pull.html_url, externalId: pull.id };
    if (pull.state !== 'open') return { ...outcome, left: 'the pull request is closed' };
    if (action.headSha !== null && pull.head.sha !== action.headSha) {
      return { ...outcome, left: 'something was pushed since' };
    }
    if (pull.draft !== true) return { ...outcome, left: 'it is no draft any more' };
    const marking = await context.clientWith(MARKING);
    await marking.graphql(MARK, { pullRequestId: pull.node_id });
    return outcome;
  },
};
