/** A task on a clone of this machine, whatever is wanted of the crew: how it begins, and what is known at its end. */
import { isEnded } from '../../core/next-steps.ts';
import { toTaskConfig } from '../../core/repo-config.ts';
import type { TaskConfig } from '../../core/request-records.ts';
import type { NewTask, TaskRecords } from '../../core/store-ports.ts';
import type { Foundation } from '../foundation.ts';
import type { LocalConfig } from './clone-staging.ts';
import { parseLocalConfig, saveRepository } from './local-repository.ts';
import { untilTask } from './until-task.ts';

export interface LocalTaskEnd {
  /** Of the task at its end, whichever it came to, or where it was left. */
  readonly records: TaskRecords;
  readonly durationMs: number;
}

export interface LocalTask {
  readonly id: number;
  readonly name: string;
  readonly defaultBranch: string;
  readonly config: LocalConfig;
  /** Told what is wrong in `.github/crew.yml`, a line each, before the task begins. */
  readonly onProblem: (problem: string) => void;
  /** What is wanted, under the clone's own configuration. */
  readonly request: (config: TaskConfig) => Pick<NewTask, 'kind' | 'subject' | 'requestKey' | 'request'>;
}

/** Whoever sits at the terminal. */
export const LOCAL_REQUESTER = 'you';

/** Answers the task's id. */
export async function startLocalTask(
  { config, queues, store }: Foundation,
  roles: readonly string[],
  { id, name, defaultBranch, config: text, onProblem, request }: LocalTask,
): Promise<string> {
  const parsed = parseLocalConfig(
    text,
    { roles, budgetUsd: config.budgetUsd, networkAllow: config.networkAllow },
    onProblem,
  );
  const repository = await saveRepository(store, { id, name, defaultBranch });
  const { task } = await store.tasks.create(
    {
      ...request(toTaskConfig(parsed.config)),
      repository,
      requester: LOCAL_REQUESTER,
      budgetUsd: parsed.config.budget.per_task_usd,
    },
    LOCAL_REQUESTER,
  );
  await queues.ring([{ step: 'advance', taskId: task.id }]);
  return task.id;
}

/** For tasks that nobody is asked about. */
export async function runLocalTask(
  foundation: Foundation,
  roles: readonly string[],
  { signal, ...wanted }: LocalTask & { readonly signal: AbortSignal },
): Promise<LocalTaskEnd> {
  const { clock } = foundation;
  const startedMs = clock.now().getTime();
  const taskId = await startLocalTask(foundation, roles, wanted);
  const records = await untilTask(foundation, taskId, signal, (at) => isEnded(at.task));
  return { records, durationMs: clock.now().getTime() - startedMs };
}
