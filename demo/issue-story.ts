/**
 * The first story, as the people in it act: a labelled issue becomes a plan, the approved plan a draft pull request. What
 * stands on GitHub already is not done again, so a demo that was killed goes on from where it was.
 */
import type { Task } from '../src/core/records.ts';
import { readSampleTexts } from './sample.ts';
import type { Stage } from './stage.ts';
import { MAINTAINER, REPOSITORY } from './stage.ts';
import { isEnded, waitForTask } from './wait-for.ts';

export type Say = (line: string) => void;

export async function tellIssueStory(stage: Stage, say: Say): Promise<Task> {
  const { issue } = await readSampleTexts();
  const person = stage.github.as(MAINTAINER);
  const before = await stage.github.snapshot(REPOSITORY);
  const known = before.issues.find((open) => open.title === issue.title);
  const number = known?.number ?? (await person.openIssue(REPOSITORY, issue)).number;
  if (known === undefined) say(`${MAINTAINER} opens issue #${number}: ${issue.title}`);
  if (known?.labels.includes('crew') !== true) {
    await person.label(REPOSITORY, number, 'crew');
    say(`${MAINTAINER} labels #${number} with crew`);
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
