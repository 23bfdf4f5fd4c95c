/** One review of a local range, from the request to the end of its task. */
import { isEnded } from '../../core/next-steps.ts';
import { toTaskConfig } from '../../core/repo-config.ts';
import type { TaskRecords } from '../../core/store-ports.ts';
import type { Foundation } from '../foundation.ts';
import { LOCAL_DEFAULT_BRANCH } from './clone-staging.ts';
import { parseLocalConfig, saveRepository } from './local-repository.ts';
import { LOCAL_NUMBER, type LocalRange } from './read-range.ts';
import { untilTask } from './until-task.ts';

export interface LocalReviewWanted {
  /** Its folder stays in place for as long as the review takes. */
  readonly range: LocalRange;
  /** Aborted: the wait is given up with its reason; `LocalCrew.close` ends the work. */
  readonly signal: AbortSignal;
  /** Told what is wrong in `.github/crew.yml`, a line each, before the review begins. */
  readonly onProblem: (problem: string) => void;
}

export interface LocalReview {
  /** Of the task at its end, whichever it came to. */
  readonly records: TaskRecords;
  readonly durationMs: number;
}

interface Placed extends LocalReviewWanted {
  readonly id: number;
}

export async function reviewRange(
  foundation: Foundation,
  roles: readonly string[],
  wanted: Placed,
): Promise<LocalReview> {
  const { clock, config, queues, store } = foundation;
  const startedMs = clock.now().getTime();
  const { range } = wanted;
  const parsed = parseLocalConfig(range.config, { roles, budgetUsd: config.budgetUsd }, wanted.onProblem);
  const of = { id: wanted.id, name: range.name, defaultBranch: LOCAL_DEFAULT_BRANCH };
  const repository = await saveRepository(store, of);
  const { pullRequest } = range;
  const { task } = await store.tasks.create(
    {
      kind: 'review',
      repository,
      subject: { kind: 'pull_request', number: LOCAL_NUMBER },
      requestKey: `review:${repository.id}:${LOCAL_NUMBER}:${pullRequest.headSha}`,
      requester: 'you',
      request: { kind: 'review', pullRequest, since: null, config: toTaskConfig(parsed.config) },
      budgetUsd: parsed.config.budget.per_task_usd,
    },
    'you',
  );
  await queues.ring([{ step: 'advance', taskId: task.id }]);
  const records = await untilTask(foundation, task.id, wanted.signal, (at) => isEnded(at.task));
  return { records, durationMs: clock.now().getTime() - startedMs };
}
