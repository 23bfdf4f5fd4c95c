/** One review of a local range, from the request to the end of its task. */
import { isEnded } from '../../core/next-steps.ts';
import type { Repository } from '../../core/records.ts';
import type { ParsedConfig } from '../../core/repo-config.ts';
import { CONFIG_PATH, oversizedRepoConfig, parseRepoConfig, toTaskConfig } from '../../core/repo-config.ts';
import type { TaskRecords } from '../../core/store-ports.ts';
import type { Foundation } from '../foundation.ts';
import { CONFIG_MAX_BYTES, LOCAL_DEFAULT_BRANCH, LOCAL_NUMBER, type LocalRange } from './read-range.ts';

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

/** Beside the live events, for one that is lost. */
const LOOK_EVERY_MS = 1_000;

export async function reviewRange(
  foundation: Foundation,
  roles: readonly string[],
  wanted: Placed,
): Promise<LocalReview> {
  const { clock, config, queues, store } = foundation;
  const startedMs = clock.now().getTime();
  const { range } = wanted;
  const parsed = configOf(range, { roles, budgetUsd: config.budgetUsd });
  for (const { line, key, message, remedy } of parsed.problems) {
    wanted.onProblem(`${CONFIG_PATH}:${line}: ${key} ${message}; ${remedy}`);
  }
  const repository = repositoryOf(wanted.id, range.name);
  await store.repositories.save(repository);
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
  const records = await untilEnded(foundation, task.id, wanted.signal);
  return { records, durationMs: clock.now().getTime() - startedMs };
}

function configOf(
  { config }: LocalRange,
  crew: { readonly roles: readonly string[]; readonly budgetUsd: number },
): ParsedConfig {
  return config !== null && typeof config === 'object'
    ? oversizedRepoConfig(config.bytes, CONFIG_MAX_BYTES, crew)
    : parseRepoConfig(config, crew);
}

function repositoryOf(id: number, name: string): Repository {
  return {
    id,
    owner: 'local',
    name,
    installationId: 0,
    defaultBranch: LOCAL_DEFAULT_BRANCH,
    private: true,
  };
}

/** Agents' own limits end every task; this waits for as long as they take. */
async function untilEnded(
  { bus, clock, store }: Foundation,
  taskId: string,
  signal: AbortSignal,
): Promise<TaskRecords> {
  let look = new AbortController();
  const unsubscribe = await bus.subscribe((event) => {
    if (event.taskId === taskId && event.type.startsWith('task.')) look.abort();
  });
  try {
    for (;;) {
      signal.throwIfAborted();
      look = new AbortController();
      const records = await store.tasks.records(taskId);
      if (records === null) throw new Error(`task ${taskId} is gone`);
      if (isEnded(records.task)) return records;
      await clock.sleep(LOOK_EVERY_MS, AbortSignal.any([signal, look.signal]));
    }
  } finally {
    await unsubscribe();
  }
}
