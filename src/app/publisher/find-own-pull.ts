/** Finds the pull request that our own App opened from a branch of ours. */

import type { EffectOutcome } from '../../core/effect-records.ts';
import { hasMarker, isOurs } from '../../core/marker.ts';
import { parseAnswer, pullsAnswer } from '../github/answers.ts';
import type { EffectContext } from './effect-definition.ts';

const PULLS_MAX = 100;

/** Ours by its marker; a person may have edited it away, and then ours by its author while it is open. The branch is ours alone. */
export async function findOwnPull(
  { github, at, bot }: EffectContext,
  key: string,
  branch: string,
): Promise<EffectOutcome | null> {
  const head = `${at.owner}:${branch}`;
  const { data } = await github.rest.pulls.list({ ...at, head, state: 'all', per_page: PULLS_MAX });
  const own = parseAnswer(pullsAnswer, data, 'a list of pull requests').filter((pull) =>
    isOurs({ login: null, type: null, ...pull.user, appId: null }, bot),
  );
  const found =
    own.find((pull) => hasMarker(pull.body ?? '', key)) ?? own.find((pull) => pull.state === 'open');
  return found === undefined ? null : pullOutcome(found);
}

export function pullOutcome(pull: { html_url: string; id: number; number: number }): EffectOutcome {
  return { url: pull.html_url, externalId: pull.id, number: pull.number };
}
