/**
 * A day of work in one repository: issues become pull requests, some are reviewed by a person and some have a red check, and pull
 * requests of people are reviewed, blocked and freed again. Every step is small, and what each comes to is stated.
 */

import type { GitHub } from '../../../demo/github/github.ts';
import { pullsClosing } from '../../../demo/github/snapshot.ts';
import type { ConversationFile } from '../../../demo/model/conversation-format.ts';
import type { Task, TaskState } from '../../../src/core/records.ts';
import { TASK_ENDS } from '../../../src/core/records.ts';
import type { Store } from '../../../src/core/store-ports.ts';
import { confirms, plans, works } from '../../support/scripted-crew.ts';
import { moduleWithTest, tinyShop } from '../../support/tiny-shop.ts';

export const DAY = { repository: 'octo-org/day', owner: 'octo-org', person: 'mona' } as const;

const CONFIG = {
  roles: ['strategist', 'backend'],
  checks: ['true'],
  review: { request_changes: 'high' },
};

/** As it is seeded. */
export const dayRepository = {
  name: DAY.repository,
  files: tinyShop({ '.github/crew.yml': `${JSON.stringify(CONFIG)}\n` }),
  collaborators: { [DAY.person]: 'write' },
} as const;

export interface Day {
  readonly github: GitHub;
  readonly store: Store;
  until<T>(look: () => Promise<T | null | undefined | false>): Promise<T>;
}

/** For so many issues. */
export function dayConversations(issues: number): readonly ConversationFile[] {
  const each = Array.from({ length: issues }, (_, at) => at + 1);
  return [
    plans([{ role: 'backend', title: 'Add the item' }]),
    ...each.flatMap((at) => [
      works('backend', { says: `Add item ${at}\\.`, writes: moduleWithTest(`item${at}`, at), tests: null }),
      works('backend', {
        says: ['<word id=', `Say what item ${at} is\\.`],
        writes: { [`lib/about${at}.js`]: `export const about = 'item ${at}';\n` },
        tests: null,
        take: {
          thread: { prompt: '<word id="(?<number>\\d+)" on="thread"' },
        },
        replies: [{ id: 'thread.number', done: true, text: 'It says so now.' }],
      }),
      works('backend', {
        says: ['<failed_check name="ci"', `lib/item${at}\\.js has no limit`],
        writes: { [`lib/limit${at}.js`]: 'export const LIMIT = 3;\n' },
        tests: null,
        replies: [],
      }),
    ]),
    reviews(),
    confirms(),
  ];
}

function reviews(): ConversationFile {
  return {
    about: 'Finds code that is made of text, and sees when it is gone',
    when: { role: 'backend', job: 'review' },
    take: { fault: { diff: 'eval\\(text\\)', optional: true } },
    answer: {
      summary: 'What is given is run.',
      findings: [
        {
          $at: 'fault',
          severity: 'critical',
          category: 'injection',
          title: 'What is given is run as code',
          body: 'Whoever sends the text runs code in the shop.',
          evidence: '`eval(text)`',
          confidence: 0.99,
          replacement: null,
          also_at: [],
        },
      ],
      earlier: {
        $each: 'earlier',
        $value: { id: '{{ item.id }}', verdict: 'fixed', reason: 'It is text now.' },
      },
    },
  };
}

/** A question, and so many issues and pull requests, all at once; each ends with its story. */
export async function playDay(
  day: Day,
  { issues, pulls }: { readonly issues: number; readonly pulls: number },
): Promise<void> {
  await Promise.all([
    helpStory(day),
    ...Array.from({ length: issues }, (_, at) => issueStory(day, at + 1)),
    ...Array.from({ length: pulls }, (_, at) => pullStory(day, at + 1)),
  ]);
}

/** A question that the crew answers without any specialist. */
async function helpStory({ github, until }: Day): Promise<void> {
  const person = github.as(DAY.person);
  const { number } = await person.openIssue(DAY.repository, { title: 'A question', body: '' });
  await person.comment(DAY.repository, number, '/crew help');
  await until(async () => {
    const { comments } = await github.snapshot(DAY.repository);
    return comments.some((comment) => comment.number === number && comment.user !== DAY.person);
  });
}

/** Issue number `at` (from 1 on), and what people do on its pull request; answers when all of it has come to its end. */
async function issueStory(day: Day, at: number): Promise<void> {
  const { github } = day;
  const person = github.as(DAY.person);
  const { number } = await person.openIssue(DAY.repository, {
    title: `Add item ${at}.`,
    body: 'It is wanted.',
  });
  await person.label(DAY.repository, number, 'crew:auto');
  await ends(day, number, 'done');
  const pull = await day.until(async () => pullsClosing(await github.snapshot(DAY.repository), number)[0]);
  if (at % 3 === 1) return reviewed(day, at, pull.number);
  if (at % 3 === 2) return redThenGreen(day, at, { number: pull.number, branch: pull.pull?.head.ref ?? '' });
}

async function reviewed(day: Day, at: number, number: number): Promise<void> {
  const person = day.github.as(DAY.person);
  const comments = [
    { path: `lib/item${at}.js`, line: 2, side: 'RIGHT' as const, body: `Say what item ${at} is.` },
  ];
  await person.review(DAY.repository, number, { event: 'COMMENT', body: '', comments });
  await ends(day, number, 'done');
}

async function redThenGreen(
  day: Day,
  at: number,
  { number, branch }: { readonly number: number; readonly branch: string },
): Promise<void> {
  const { github, until } = day;
  const person = github.as(DAY.person);
  const run = (conclusion: 'failure' | 'success') => ({
    conclusion,
    jobs: [{ name: 'ci', conclusion, log: `not ok 1 - lib/item${at}.js has no limit` }],
  });
  const { id } = await person.workflowRun(DAY.repository, { name: 'CI', branch, ...run('failure') });
  await until(async () => {
    const { workflowRuns } = await github.snapshot(DAY.repository);
    return workflowRuns.find((one) => one.id === id)?.runAttempt === 2;
  });
  await person.finishRun(DAY.repository, id, run('failure'));
  await ends(day, number, 'done');
  await person.workflowRun(DAY.repository, { name: 'CI', branch, ...run('success') });
  await until(async () => {
    const { pulls } = await github.snapshot(DAY.repository);
    return pulls.find((one) => one.number === number)?.pull?.draft === false;
  });
}

/** A pull request of a person's with a fault, which is blocked, mended and freed. */
async function pullStory(day: Day, at: number): Promise<void> {
  const { github, until } = day;
  const person = github.as(DAY.person);
  const branch = `run-${at}`;
  const change = (body: string) =>
    person.commit(DAY.repository, {
      branch,
      message: 'Run it',
      files: { [`lib/run${at}.js`]: `export function run(text) {\n  return ${body};\n}\n` },
    });
  await change('eval(text)');
  const { number } = await person.openPull(DAY.repository, { title: 'Run it', head: branch, base: 'main' });
  await until(async () => (await reviewsOf(github, number)).includes('CHANGES_REQUESTED'));
  await ends(day, number, 'done');
  await change('String(text)');
  await until(async () => {
    const states = await reviewsOf(github, number);
    return states.includes('DISMISSED') && !states.includes('CHANGES_REQUESTED');
  });
  await ends(day, number, 'done');
}

async function reviewsOf(github: GitHub, number: number): Promise<readonly string[]> {
  const { reviews } = await github.snapshot(DAY.repository);
  return reviews.filter((review) => review.number === number).map(({ state }) => state);
}

async function ends({ github, store, until }: Day, number: number, end: TaskState): Promise<Task> {
  const { repo } = await github.snapshot(DAY.repository);
  return until(async () => {
    const [task] = await store.tasks.onSubject(repo.id, number);
    if (task === undefined || !TASK_ENDS.some((state) => state === task.state)) return null;
    if (task.state === end) return task;
    throw new Error(`the ${task.kind} task on #${number} is ${task.state}, not ${end}: ${task.reason}`);
  });
}
