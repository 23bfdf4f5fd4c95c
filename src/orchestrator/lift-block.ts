/** Plans the end of a block that nothing calls for any more; in the transaction that settles findings, with the pull request locked. */

import type { Task } from '../core/records.ts';
import { liftedBlock, mayBlock, reviewEffectKey } from '../core/review/lift-block.ts';
import type { StoreOperations } from '../core/store-ports.ts';

export async function liftBlock(tx: StoreOperations, task: Task): Promise<void> {
  const of = { repositoryId: task.repository.id, number: task.subject.number };
  const tasks = await tx.tasks.onSubject(of.repositoryId, of.number);
  const reviews = [];
  for (const known of tasks.filter(mayBlock)) reviews.push(await tx.effects.byKey(reviewEffectKey(known)));
  const findings = await tx.findings.ofPull(of);
  const lifted = liftedBlock({ tasks, reviews, findings }, { task: task.id });
  if (lifted !== null) await tx.effects.plan([lifted]);
}
