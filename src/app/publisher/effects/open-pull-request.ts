/** The pull request of a branch of ours: one, open or closed, however often it is asked for. */

import type { EffectOutcome } from '../../../core/effect-records.ts';
import { hasMarker, isOurs } from '../../../core/marker.ts';
import { TITLE_MAX_CHARS } from '../../../core/outgoing-text.ts';
import { openedPullAnswer, parseAnswer, pullsAnswer } from '../../github/answers.ts';
import { type GitHubRefusal, isRefusal } from '../../github/refusal.ts';
import type { EffectContext, EffectDefinition, EffectOf } from '../effect-definition.ts';

const NO_DRAFTS = '*This is not a draft because this repository does not support drafts.*';
const PULLS_MAX = 100;

type Opening = EffectOf<'open_pull_request'>;

export const effect: EffectDefinition<'open_pull_request'> = {
  kind: 'open_pull_request',
  permissions: { contents: 'read', pull_requests: 'write' },
  async look(context, effect) {
    const outcome = await find(context, effect);
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
      const existing = await find(context, effect);
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
  return outcomeOf(parseAnswer(openedPullAnswer, data, 'a pull request'));
}

/** Ours by its marker; a person may have edited it away, and then ours by its author while it is open. The branch is ours alone. */
async function find(
  { github, at, bot }: EffectContext,
  { key, action }: Opening,
): Promise<EffectOutcome | null> {
  const head = `${at.owner}:${action.branch}`;
  const { data } = await github.rest.pulls.list({ ...at, head, state: 'all', per_page: PULLS_MAX });
  const own = parseAnswer(pullsAnswer, data, 'a list of pull requests').filter((pull) =>
    isOurs({ login: null, type: null, ...pull.user, appId: null }, bot),
  );
  const found =
    own.find((pull) => hasMarker(pull.body ?? '', key)) ?? own.find((pull) => pull.state === 'open');
  return found === undefined ? null : outcomeOf(found);
}

function outcomeOf(pull: { html_url: string; id: number; number: number }): EffectOutcome {
  return { url: pull.html_url, externalId: pull.id, number: pull.number };
}

function mentions(refusal: GitHubRefusal, pattern: RegExp): boolean {
  return pattern.test(refusal.message) || refusal.errors.some((error) => pattern.test(error));
}
