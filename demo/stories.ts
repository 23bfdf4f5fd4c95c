/**
 * The two stories, as the people in them act: what stands on GitHub already is not done again, so a demo that was killed
 * goes on from where it was.
 */

import type { Task } from '../src/core/records.ts';
import { TASK_ENDS } from '../src/core/records.ts';
import { readSampleTexts } from './sample.ts';
import type { Stage } from './stage.ts';
import { CONTRIBUTOR, MAINTAINER, REPOSITORY } from './stage.ts';

/** A story that stands still for this long has failed. */
const STORY_TIMEOUT_MS = 10 * 60_000;
const LOOK_EVERY_MS = 100;
const PULL_BRANCH = 'search-and-notes';

export type Say = (line: string) => void;

/** A labelled issue becomes a plan, an approved plan becomes a draft pull request. */
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
  await taskOn(
    stage,
    number,
    (task) => task.state === 'awaiting_approval' || isEnded(task) || wasApproved(task),
  );
  const { comments } = await stage.github.snapshot(REPOSITORY);
  if (!comments.some((comment) => comment.number === number && comment.body.startsWith('/crew approve'))) {
    await person.comment(REPOSITORY, number, '/crew approve');
    say(`${MAINTAINER} comments on #${number}: /crew approve`);
  }
  return taskOn(stage, number, isEnded);
}

/** A pull request with planted faults gets one review and one check run. */
export async function tellReviewStory(stage: Stage, say: Say): Promise<Task> {
  const { pull } = await readSampleTexts();
  const before = await stage.github.snapshot(REPOSITORY);
  const known = before.pulls.find((open) => open.title === pull.title);
  const wanted = { ...pull, head: PULL_BRANCH, base: 'main' };
  const number = known?.number ?? (await stage.github.as(CONTRIBUTOR).openPull(REPOSITORY, wanted)).number;
  if (known === undefined) say(`${CONTRIBUTOR} opens pull request #${number}: ${pull.title}`);
  return taskOn(stage, number, isEnded);
}

async function taskOn(stage: Stage, number: number, arrived: (task: Task) => boolean): Promise<Task> {
  const { repo } = await stage.github.snapshot(REPOSITORY);
  const until = Date.now() + STORY_TIMEOUT_MS;
  for (;;) {
    const [task] = await stage.crew.store.tasks.onSubject(repo.id, number);
    if (task !== undefined && arrived(task)) return task;
    if (Date.now() > until) throw new Error(`nothing moved on #${number}; see ${stage.dir}/crew.log`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function isEnded(task: Task): boolean {
  return TASK_ENDS.some((end) => end === task.state);
}

function wasApproved(task: Task): boolean {
  return task.state === 'working' || task.state === 'verifying' || task.state === 'publishing';
}
