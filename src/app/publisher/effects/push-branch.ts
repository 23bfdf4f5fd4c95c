/** The task's commits as a branch. The same commit on the branch already is success, so that pushing twice is pushing once. */
import type { EffectDefinition } from '../effect-definition.ts';

export const effect: EffectDefinition<'push_branch'> = {
  kind: 'push_branch',
  permissions: { contents: 'write' },
  look: null,
  async perform(context, effect) {
    const { url, headSha } = await context.push(effect);
    return { url, externalId: headSha };
  },
};
