/** A comment that is posted once and then edited in place to each newer revision; posted anew if a person deleted it. */
import type { EffectOutcome } from '../../../core/effect-records.ts';
import { createdAnswer, parseAnswer } from '../../github/answers.ts';
import { isRefusal } from '../../github/refusal.ts';
import type { EffectContext, EffectDefinition } from '../effect-definition.ts';
import { findOwnComment } from '../find-own.ts';

export const effect: EffectDefinition<'sticky_comment'> = {
  kind: 'sticky_comment',
  permissions: { issues: 'write', pull_requests: 'write' },
  async look(context, effect) {
    const found = await findOwnComment(context, effect, effect.action.number);
    if (found === null) return null;
    const wanted = await context.texts.marked(effect.action.body, effect.key);
    return { outcome: found.outcome, current: sameText(found.body, wanted) };
  },
  async perform(context, effect) {
    const body = await context.texts.marked(effect.action.body, effect.key);
    const edited = await edit(context, effect.outcome, body);
    if (edited !== null) return edited;
    const { data } = await context.github.rest.issues.createComment({
      ...context.at,
      issue_number: effect.action.number,
      body,
    });
    return outcomeOf(data);
  },
};

/** Null when there is none to edit: not posted yet, or deleted since. */
async function edit(
  { github, at }: EffectContext,
  before: EffectOutcome | null,
  body: string,
): Promise<EffectOutcome | null> {
  if (typeof before?.externalId !== 'number') return null;
  try {
    return outcomeOf(
      (await github.rest.issues.updateComment({ ...at, comment_id: before.externalId, body })).data,
    );
  } catch (error) {
    if (isRefusal(error, 404)) return null;
    throw error;
  }
}

function outcomeOf(data: unknown): EffectOutcome {
  const comment = parseAnswer(createdAnswer, data, 'a comment');
  return { url: comment.html_url ?? null, externalId: comment.id };
}

/** GitHub may answer with other line ends than it was given. */
function sameText(one: string, other: string): boolean {
  return one.replaceAll('\r\n', '\n').trimEnd() === other.replaceAll('\r\n', '\n').trimEnd();
}
