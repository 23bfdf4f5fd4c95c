/** Takes a label off an issue or pull request. One that is not there is as good as removed. */
import { isRefusal } from '../../github/refusal.ts';
import type { EffectDefinition } from '../effect-definition.ts';

export const effect: EffectDefinition<'remove_label'> = {
  kind: 'remove_label',
  permissions: { issues: 'write', pull_requests: 'write' },
  look: null,
  async perform({ github, at }, { action }) {
    try {
      await github.rest.issues.removeLabel({ ...at, issue_number: action.number, name: action.label });
    } catch (error) {
      if (!isRefusal(error, 404)) throw error;
    }
    return { url: null, externalId: null };
  },
};
