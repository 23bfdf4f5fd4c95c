/** A comment on an issue or pull request, posted once. */
import { createdAnswer, parseAnswer } from '../../github/answers.ts';
import type { EffectDefinition } from '../effect-definition.ts';
import { findOwnComment } from '../find-own.ts';

export const effect: EffectDefinition<'comment'> = {
  kind: 'comment',
  // An issue needs the one, a pull request the other.
  permissions: { issues: 'write', pull_requests: 'write' },
  async look(context, effect) {
    const found = await findOwnComment(context, effect, effect.action.number);
    return found && { outcome: found.outcome, current: true };
  },
  async perform({ github, at, texts }, { key, action }) {
    const body = await texts.marked(action.body, key);
    const { data } = await github.rest.issues.createComment({ ...at, issue_number: action.number, body });
    const created = parseAnswer(createdAnswer, data, 'a comment');
    return { url: created.html_url ?? null, externalId: created.id };
  },
};
