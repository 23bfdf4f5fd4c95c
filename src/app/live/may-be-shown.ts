/** Whether the link of a task, whose key is right, still holds. */
import { holdsLink } from '../../core/live-link.ts';
import type { Clock } from '../../core/ports.ts';
import type { Store } from '../../core/store-ports.ts';

export async function mayBeShown(
  { store, clock }: { readonly store: Pick<Store, 'tasks'>; readonly clock: Clock },
  taskId: string,
): Promise<boolean> {
  const task = await store.tasks.linked(taskId);
  return task !== null && holdsLink(task, clock.now());
}
