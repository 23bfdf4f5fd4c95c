/** One question about a local clone, to the end of its task. */
import { isEnded } from '../../core/next-steps.ts';
import { toTaskConfig } from '../../core/repo-config.ts';
import type { Foundation } from '../foundation.ts';
import {
  checkRole,
  LOCAL_REQUESTER,
  type LocalTaskEnd,
  type LocalWork,
  localIssue,
} from './implement-locally.ts';
import { parseLocalConfig, saveRepository } from './local-repository.ts';
import { untilTask } from './until-task.ts';

export interface LocalQuestion extends Pick<LocalWork, 'base' | 'role' | 'signal' | 'onProblem'> {
  readonly question: string;
}

export async function askLocally(
  foundation: Foundation,
  roles: readonly string[],
  asked: LocalQuestion & { readonly id: number },
): Promise<LocalTaskEnd> {
  const { clock, config, queues, store } = foundation;
  const startedMs = clock.now().getTime();
  const { base, id, question, role } = asked;
  checkRole(role, roles);
  const parsed = parseLocalConfig(base.config, { roles, budgetUsd: config.budgetUsd }, asked.onProblem);
  const repository = await saveRepository(store, { id, name: base.name, defaultBranch: base.baseBranch });
  const issue = localIssue(`A question about ${base.name}`, '');
  const { task } = await store.tasks.create(
    {
      kind: 'ask',
      repository,
      subject: { kind: 'issue', number: issue.number },
      requestKey: `ask:${id}`,
      requester: LOCAL_REQUESTER,
      request: {
        kind: 'ask',
        question,
        role,
        commentId: 0,
        issue,
        headSha: base.baseSha,
        baseSha: base.baseSha,
        config: toTaskConfig(parsed.config),
      },
      budgetUsd: parsed.config.budget.per_task_usd,
    },
    LOCAL_REQUESTER,
  );
  await queues.ring([{ step: 'advance', taskId: task.id }]);
  const records = await untilTask(foundation, task.id, asked.signal, (at) => isEnded(at.task));
  return { records, durationMs: clock.now().getTime() - startedMs };
}
