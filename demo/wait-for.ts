/** How the stories wait: for something to be so, and no longer than a story may stand still. */
import type { Task } from '../src/core/records.ts';
import { TASK_ENDS } from '../src/core/records.ts';
import type { Stage } from './stage.ts';
import { REPOSITORY } from './stage.ts';

const STORY_TIMEOUT_MS = 10 * 60_000;
const LOOK_EVERY_MS = 100;

/** Answers what `look` found as soon as that is not null. `what` is said when it never is. */
export async function waitFor<T>(stage: Stage, what: string, look: () => Promise<T | null>): Promise<T> {
  const until = Date.now() + STORY_TIMEOUT_MS;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > until) throw new Error(`${what}: nothing moved; see ${stage.dir}/crew.log`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** The newest task on an issue or pull request that is as wanted. */
export async function waitForTask(
  stage: Stage,
  number: number,
  arrived: (task: Task) => boolean,
): Promise<Task> {
  const { repo } = await stage.github.snapshot(REPOSITORY);
  return waitFor(stage, `#${number}`, async () => {
    const tasks = await stage.crew.store.tasks.onSubject(repo.id, number);
    return tasks.find(arrived) ?? null;
  });
}

export function isEnded(task: Task): boolean {
  return TASK_ENDS.some((end) => end === task.state);
}
