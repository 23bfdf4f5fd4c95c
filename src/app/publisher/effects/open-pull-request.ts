/** The pull request of a branch of ours: one, open or closed, however often it is asked for. */

import type { EffectOutcome } from '../../../core/effect-records.ts';
import { TITLE_MAX_CHARS } from '../../../core/outgoing-text.ts';
import { openedPullAnswer, parseAnswer } from '../../github/answers.ts';
import { type GitHubRefusal, isRefusal } from '../../github/refusal.ts';
import type { EffectContext, EffectDefinition, EffectOf } from '../effect-definition.ts';
import { findOwnPull, pullOutcome } from '../find-own-pull.ts';

const NO_DRAFTS = '*This is not a draft because this repository does not support drafts.*';

type Opening = EffectOf<'open_pull_request'>;

export const effect: EffectDefinition<'open_pull_request'> = {
  kind: 'open_pull_request',
  permissions: { contents: 'read', pull_requests: 'write' },
  async look(context, effect) {
    const outcome = await findOwnPull(context, effect.key, effect.action.branch);
    return outcome && { outcome, current: true };
  },
  async perform(context, effect) {
    try {
      return await open(context, effect, effect.action.draft, effect.action.body);
    } catch (error) {
      if (!isRefusal(error, 422)) throw error;
      if (mentions(error, /draft/i) && effect.action.draft) {
        context.log.warn({ error: error.message }, 'pull request opened without draft state');
        return open(context, effect, false, `${NO_DRAFTS}\n\n${effect.action.body}`);
      }
      if (!mentions(error, /already exists/i)) throw error;
      const existing = await findOwnPull(context, effect.key, effect.action.branch);
      if (existing === null) throw error;
      return existing;
    }
  },
};

async function open(
  { github, at, texts }: EffectContext,
  { key, action }: Opening,
  draft: boolean,
  text: string,
): Promise<EffectOutcome> {
  const title = await texts.plain(action.title, TITLE_MAX_CHARS);
  const body = await texts.marked(text, key);
  const { data } = await github.rest.pulls.create({
    ...at,
    head: action.branch,
    base: action.base,
    title,
    body,
    draft,
  });
  return pullOutcome(parseAnswer(openedPullAnswer, data, 'a pull request'));
}

function mentions(refusal: GitHubRefusal, pattern: RegExp): boolean {
  return pattern.test(refusal.message) || refusal.errors.some((error) => pattern.test(error));
}
