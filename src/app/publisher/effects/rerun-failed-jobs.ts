/** Runs what failed of a workflow run again: once, for GitHub counts the attempts. */
import type { EffectOutcome } from '../../../core/effect-records.ts';
import { UserError } from '../../../core/errors.ts';
import { parseAnswer, workflowRunAnswer } from '../../github/answers.ts';
import { nullOn404 } from '../../github/when-gone.ts';
import type { EffectContext, EffectDefinition, EffectOf } from '../effect-definition.ts';

type Rerun = EffectOf<'rerun_failed_jobs'>;

export const effect: EffectDefinition<'rerun_failed_jobs'> = {
  kind: 'rerun_failed_jobs',
  permissions: { actions: 'write' },
  async look(context, effect) {
    const run = await read(context, effect);
    if (run === null || run.attempt === effect.action.attempt) return null;
    return { outcome: run.outcome, current: true };
  },
  async perform(context, effect) {
    const { github, at } = context;
    const { runId, attempt } = effect.action;
    const run = await read(context, effect);
    if (run === null) return { url: null, externalId: null, left: 'the workflow run is gone' };
    if (run.attempt !== attempt) return { ...run.outcome, left: 'it was run again already' };
    if (!run.ended) return { ...run.outcome, left: 'it still runs' };
    try {
      await github.rest.actions.reRunWorkflowFailedJobs({ ...at, run_id: runId });
      return run.outcome;
    } catch (error) {
      // A read that lags did not show it.
      if (!(error instanceof UserError) || !/already running/i.test(error.message)) throw error;
      return { ...run.outcome, left: 'it runs again already' };
    }
  },
};

async function read(
  { github, at }: EffectContext,
  { action: { runId } }: Rerun,
): Promise<{ outcome: EffectOutcome; attempt: number; ended: boolean } | null> {
  const found = await nullOn404(github.rest.actions.getWorkflowRun({ ...at, run_id: runId }));
  if (found === null) return null;
  const { html_url, run_attempt, status } = parseAnswer(workflowRunAnswer, found.data, 'a workflow run');
  const outcome = { url: html_url, externalId: runId };
  return { outcome, attempt: run_attempt ?? 1, ended: status === 'completed' };
}
