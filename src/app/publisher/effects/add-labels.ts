/** Labels on an issue or pull request; one that the repository lacks is made first, in a colour of ours. */
import { UserError } from '../../../core/errors.ts';
import { isRefusal } from '../../github/refusal.ts';
import type { EffectContext, EffectDefinition } from '../effect-definition.ts';

/** Adding a label makes a missing one too, but grey: ours are told apart at a glance. */
const COLORS: readonly { readonly pattern: RegExp; readonly color: string }[] = [
  { pattern: /^crew$/, color: '5319e7' },
  { pattern: /^crew:(?:auto|review)$/, color: '0e8a16' },
  { pattern: /^crew:/, color: '1d76db' },
  { pattern: /(?:^|:)(?:critical|high|failed|blocked)$/, color: 'b60205' },
];
const OTHER_COLOR = 'c5def5';
/** GitHub takes no more on one issue. */
const LABELS_MAX = 100;

export const effect: EffectDefinition<'add_labels'> = {
  kind: 'add_labels',
  permissions: { issues: 'write', pull_requests: 'write' },
  look: null,
  async perform(context, { action }) {
    const { labels } = action;
    if (labels.length > LABELS_MAX)
      throw new UserError(`An issue takes ${LABELS_MAX} labels, not ${labels.length}.`);
    for (const label of labels) await makeSure(context, label);
    await context.github.rest.issues.addLabels({
      ...context.at,
      issue_number: action.number,
      labels: [...labels],
    });
    return { url: null, externalId: null };
  },
};

async function makeSure({ github, at }: EffectContext, name: string): Promise<void> {
  try {
    await github.rest.issues.getLabel({ ...at, name });
    return;
  } catch (error) {
    if (!isRefusal(error, 404)) throw error;
  }
  try {
    const color = COLORS.find(({ pattern }) => pattern.test(name))?.color ?? OTHER_COLOR;
    await github.rest.issues.createLabel({ ...at, name, color });
  } catch (error) {
    // Made by another in the meantime.
    if (!isRefusal(error, 422) || !/already_exists/.test(error.errors.join())) throw error;
  }
}
