/**
 * The second story, as the people in it act: a pull request with planted faults is reviewed, discussed, and pushed to twice.
 * What stands on GitHub already is not done again, so a demo that was killed goes on from where it was.
 */
import { simpleGit } from 'simple-git';
import type { Task } from '../src/core/records.ts';
import type { Say } from './bring-to-pull-request.ts';
import type { ReviewCommentDoc } from './github/records.ts';
import { PULL_BRANCH, readSamplePushes, readSampleTexts } from './sample.ts';
import type { Stage } from './stage.ts';
import { CONTRIBUTOR, MAINTAINER, REPOSITORY } from './stage.ts';
import { isEnded, waitFor, waitForTask } from './wait-for.ts';

/** Titles of the findings that people and pushes deal with, as the scripted reviewers word them. */
export const DISCUSSED = 'This test cannot fail';
export const DISMISSED = 'The container runs as root now';
const REPLY = 'We know. Please leave it as it is until the notes have a page.';

/** Answers the tasks of the story: three reviews, and the crew's part in the conversation. */
export async function tellReviewStory(stage: Stage, say: Say): Promise<readonly Task[]> {
  const number = await openPull(stage, say);
  const first = await reviewed(stage, number);
  const reply = stage.model === null ? null : await disagree(stage, number, say);
  const [second, third] = await readSamplePushes();
  if (second === undefined || third === undefined) throw new Error('the sample has two pushes');
  const again = await push(stage, { number, nth: 1, ...second }, say);
  const last = await push(stage, { number, nth: 2, ...third }, say);
  return [first, ...(reply === null ? [] : [reply]), again, last];
}

async function openPull(stage: Stage, say: Say): Promise<number> {
  const { pull } = await readSampleTexts();
  const before = await stage.github.snapshot(REPOSITORY);
  const known = before.pulls.find((open) => open.title === pull.title);
  if (known !== undefined) return known.number;
  const wanted = { ...pull, head: PULL_BRANCH, base: 'main' };
  const { number } = await stage.github.as(CONTRIBUTOR).openPull(REPOSITORY, wanted);
  say(`${CONTRIBUTOR} opens pull request #${number}: ${pull.title}`);
  return number;
}

/** The review of the branch's present head, at its end. */
async function reviewed(stage: Stage, number: number): Promise<Task> {
  const headSha = (await stage.github.snapshot(REPOSITORY)).refs[`refs/heads/${PULL_BRANCH}`];
  return waitForTask(
    stage,
    number,
    (task) => task.request.kind === 'review' && task.request.pullRequest.headSha === headSha && isEnded(task),
  );
}

/** One finding is answered in its thread, another is resolved without a word. */
async function disagree(stage: Stage, number: number, say: Say): Promise<Task> {
  const person = stage.github.as(MAINTAINER);
  const discussed = await finding(stage, number, DISCUSSED);
  const { reviewComments } = await stage.github.snapshot(REPOSITORY);
  if (!reviewComments.some(({ thread, body }) => thread === discussed.id && body === REPLY)) {
    await person.reviewReply(REPOSITORY, number, discussed.id, REPLY);
    say(`${MAINTAINER} answers "${DISCUSSED}": ${REPLY}`);
  }
  const reply = await waitForTask(stage, number, (task) => task.request.kind === 'reply' && isEnded(task));
  const dismissed = await finding(stage, number, DISMISSED);
  if (dismissed.resolvedBy === null) {
    await person.resolveThread(REPOSITORY, number, dismissed.id);
    say(`${MAINTAINER} resolves the thread of "${DISMISSED}"`);
  }
  await waitFor(stage, DISMISSED, async () => {
    const { repo } = await stage.github.snapshot(REPOSITORY);
    const tracked = await stage.crew.store.findings.ofPull({ repositoryId: repo.id, number });
    return tracked.some(({ title, state }) => title === DISMISSED && state === 'dismissed') ? true : null;
  });
  return reply;
}

/** The comment that says it. */
async function finding(stage: Stage, number: number, title: string): Promise<ReviewCommentDoc> {
  return waitFor(stage, title, async () => {
    const { reviewComments } = await stage.github.snapshot(REPOSITORY);
    return (
      reviewComments.find(
        (comment) => comment.number === number && comment.viaApp && comment.body.includes(title),
      ) ?? null
    );
  });
}

async function push(
  stage: Stage,
  {
    number,
    nth,
    message,
    files,
  }: {
    readonly number: number;
    readonly nth: number;
    readonly message: string;
    readonly files: Readonly<Record<string, string>>;
  },
  say: Say,
): Promise<Task> {
  const git = simpleGit(stage.github.gitDir(REPOSITORY), { config: ['safe.bareRepository=all'] });
  const commits = Number(await git.raw(['rev-list', '--count', `main..${PULL_BRANCH}`]));
  if (commits === nth) {
    await stage.github.as(CONTRIBUTOR).commit(REPOSITORY, { branch: PULL_BRANCH, message, files });
    say(`${CONTRIBUTOR} pushes to #${number}: ${message}`);
  }
  return reviewed(stage, number);
}
