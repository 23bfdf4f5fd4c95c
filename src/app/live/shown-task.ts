/** The task of a link, whose key is right; null when the link does not hold any more. */
import { holdsLink } from '../../core/live-link.ts';
import type { Clock } from '../../core/ports.ts';
import type { Task } from '../../core/records.ts';
import type { Store } from '../../core/store-ports.ts';

export async function shownTask(
  { store, clock }: { readonly store: Pick<Store, 'tasks'>; readonly clock: Clock },
  taskId: string,
): Promise<Task | null> {
  const task = await store.tasks.linked(taskId);
  return task !== null && holdsLink(task, clock.now()) ? task : null;
}
