/**
 * What people do for an issue to become a pull request: open it, label it, approve the plan. What stands on GitHub already
 * is not done again, so a demo that was killed goes on from where it was.
 */
import type { Task } from '../src/core/records.ts';
import type { SampleText } from './sample.ts';
import type { Stage } from './stage.ts';
import { MAINTAINER, REPOSITORY } from './stage.ts';
import { isEnded, waitForTask } from './wait-for.ts';

export type Say = (line: string) => void;

/** Answers the task at its end. */
export async function bringToPullRequest(
  stage: Stage,
  { issue, label }: { readonly issue: SampleText; readonly label: string },
  say: Say,
): Promise<Task> {
  const person = stage.github.as(MAINTAINER);
  const before = await stage.github.snapshot(REPOSITORY);
  const known = before.issues.find((open) => open.title === issue.title);
  const number = known?.number ?? (await person.openIssue(REPOSITORY, issue)).number;
  if (known === undefined) say(`${MAINTAINER} opens issue #${number}: ${issue.title}`);
  if (known?.labels.includes(label) !== true) {
    await person.label(REPOSITORY, number, label);
    say(`${MAINTAINER} labels #${number} with ${label}`);
  }
  await waitForTask(
    stage,
    number,
    (task) => task.state === 'awaiting_approval' || isEnded(task) || wasApproved(task),
  );
  const { comments } = await stage.github.snapshot(REPOSITORY);
  if (!comments.some((comment) => comment.number === number && comment.body.startsWith('/crew approve'))) {
    await person.comment(REPOSITORY, number, '/crew approve');
    say(`${MAINTAINER} comments on #${number}: /crew approve`);
  }
  return waitForTask(stage, number, isEnded);
}

function wasApproved(task: Task): boolean {
  return task.state === 'working' || task.state === 'verifying' || task.state === 'publishing';
}
