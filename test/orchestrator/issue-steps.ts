/** How tests bring an issue to where they look, and what they see of a task. */
import type { Task } from '../../src/core/records.ts';
import type { TestCrew } from './crew.ts';

/** Plans and approves: the rings for all work that may begin wait to be answered. */
export async function approvedTask(
  crew: TestCrew,
  change: Parameters<TestCrew['newTask']>[0] = {},
): Promise<Task> {
  const task = await crew.newTask(change);
  await crew.settle();
  await crew.approve(task);
  return task;
}

export async function stateOf(crew: TestCrew, task: Task): Promise<Task['state']> {
  return (await crew.records(task)).task.state;
}

/** The body of the progress comment. */
export async function progressOf(crew: TestCrew, task: Task): Promise<string> {
  const action = (await crew.store.effects.ofTask(task.id))[0]?.action;
  return action?.kind === 'sticky_comment' ? action.body : '';
}
