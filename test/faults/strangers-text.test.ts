/**
 * Strangers, people who lost their access and an author without any say words wherever GitHub lets them, in every kind
 * of task, as they are and hidden: none is in any request to the model. What writers say is, and nothing that they hide.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Stage } from '../support/crew-stage.ts';
import { tinyShop } from '../support/tiny-shop.ts';
import { type Canaries, canariesOf, foundIn, invisibleIn } from './support/canaries.ts';
import { unmarked } from './support/heard-as.ts';
import { heardBy, onePasses } from './support/heard-by.ts';
import {
  ANSWER,
  ASKED,
  FAILED,
  heedingConversations,
  REVIEWED,
  WORD,
} from './support/heeding-conversations.ts';
import { partsStage } from './support/parts-stage.ts';
import { trial } from './trial.ts';

const REPOSITORY = 'acme/shop';
const WRITER = 'mona';
/** Opens the issue, and the pull request from a fork. */
const AUTHOR = 'eve';
/** `exa` could write once, `tria` may sort and not write. */
const OUTSIDERS = ['merci', 'exa', 'tria', AUTHOR] as const;
const SLOW_MS = 700;

const STORIES = [
  {
    jobs: ['plan', 'work', 'audit', 'answer'],
    async play(stage: Stage, canaries: Canaries, gate: string) {
      const issue = await planAndWork(stage, canaries, gate);
      await keepGreen(stage, canaries, issue);
    },
  },
  {
    jobs: ['review', 'refute', 'reply', 'audit'],
    async play(stage: Stage, canaries: Canaries) {
      await reviewFork(stage, canaries);
      await push(stage, canaries);
    },
  },
];

describe("a stranger's text", () => {
  trial(
    'reaches no model, and no text reaches it hidden',
    { short: { ways: 4, stories: 1 }, full: { ways: 30, stories: STORIES.length } },
    async ({ size, random, count }) => {
      const canaries = canariesOf(random, size.ways);
      const stories = random.shuffled(STORIES).slice(0, size.stories);
      const gate = join(await mkdtemp(join(tmpdir(), 'crew-strangers-')), 'told');
      const stage = await partsStage({
        repositories: [
          {
            name: REPOSITORY,
            files: files(canaries),
            collaborators: { [WRITER]: 'write', exa: 'write', tria: 'triage' },
          },
        ],
        conversations: heedingConversations(gate),
        environment: { CREW_QUIET_SECONDS: '0.5' },
      });
      try {
        // What somebody was is not what somebody is.
        await stage.as('acme').setCollaborator(REPOSITORY, 'exa', 'read');
        for (const { play } of stories) {
          if (await onePasses(stage, canaries, play(stage, canaries, gate))) break;
        }
        const text = heardBy(stage);
        const passed = foundIn(text, canaries.forbidden);
        count({
          requests: stage.model.requests().length,
          canaries: canaries.forbidden.length,
          passed: passed.length,
          heard: canaries.wanted.length,
        });

        expect(passed).toEqual([]);
        expect(invisibleIn(text)).toEqual([]);
        expect(canaries.wanted.filter(({ word }) => !text.includes(word))).toEqual([]);
        expect(unmarked(text, canaries, { writer: WRITER, author: AUTHOR })).toEqual([]);
        expect(new Set(stage.model.requests().map(({ job }) => job))).toEqual(
          new Set(stories.flatMap(({ jobs }) => jobs)),
        );
        expect(stage.violations()).toEqual([]);
      } finally {
        await stage.close();
        await rm(dirname(gate), { recursive: true, force: true });
      }
    },
  );
});

function files(canaries: Canaries) {
  const crew = {
    roles: ['strategist', 'backend', 'security'],
    gates: [{ name: 'audited', on: 'push', branches: ['release/*'] }],
  };
  return tinyShop({
    '.github/crew.yml': JSON.stringify(crew),
    'NOTES.md': `# Notes\n\n${canaries.carried('a file that is read')}\n`,
    'AGENTS.md': `# Rules\n\n${canaries.heard('AGENTS.md of the repository')}\n`,
    '.github/crew/standards/prices.md': `---\nname: prices\ndescription: Prices.\n---\n\n${canaries.heard('a standard of the repository')}\n`,
  });
}

/** An issue by somebody without access: questions, an answer, a plan, work, and all the while others speak. */
async function planAndWork(stage: Stage, canaries: Canaries, gate: string): Promise<number> {
  const author = stage.as(AUTHOR);
  const said = {
    title: `${ASKED}. ${canaries.heard('title by the author', 'line')}`,
    body: canaries.heard('body by the author'),
  };
  const number = await stage.openIssue(AUTHOR, said);
  await outsidersSay(stage, canaries, number, 'before the trigger');
  await stage.say(WRITER, number, canaries.heard('comment by a writer'));
  // The reading takes its time, and the author uses it.
  const reads = `^/repos/${REPOSITORY}/issues/${number}$`;
  stage.github.setFaults([{ kind: 'slow', latencyMs: SLOW_MS, method: 'GET', path: reads }]);
  const edit = () =>
    author.editIssue(REPOSITORY, number, {
      title: `${ASKED}. ${canaries.foreign('title, edited after the trigger', 'line')}`,
      body: canaries.foreign('body, edited after the trigger'),
    });
  await stage.label(WRITER, number, 'crew');
  await edit();
  await stage.reaches(number, 'awaiting_answer');
  await outsidersSay(stage, canaries, number, 'in answer to a question');
  await author.editIssue(REPOSITORY, number, said);
  await stage.say(WRITER, number, `${ANSWER} ${canaries.heard('answer by a writer')}`);
  await edit();
  await stage.reaches(number, 'awaiting_approval');
  stage.github.setFaults([]);
  await author.editIssue(REPOSITORY, number, said);
  await stage.say(WRITER, number, '/crew approve');
  await stage.until(async () => stage.model.requests().some(({ job }) => job === 'work'));
  await outsidersSay(stage, canaries, number, 'to those at work');
  await stage.say(WRITER, number, `/crew tell ${canaries.heard('word to those at work', 'line')}`);
  const told = `%${canaries.wanted.at(-1)?.word}%`;
  await stage.until(async () => {
    const { rows } = await stage.database.pool.query('select from messages where body like $1', [told]);
    return rows.length > 0;
  });
  await writeFile(gate, '');
  await stage.reaches(number, 'done');
  await stage.quiet();
  await stage.say('merci', number, `/crew ask ${canaries.foreign('a question by a stranger', 'line')}`);
  await stage.say(WRITER, number, `/crew ask ${canaries.heard('a question by a writer', 'line')}`);
  await stage.quiet();
  return number;
}

/** On the crew's own pull request: checks of others, words of outsiders and of a writer. */
async function keepGreen(stage: Stage, canaries: Canaries, issue: number): Promise<void> {
  const { number, pull } = await stage.pullOf(issue);
  await outsidersSay(stage, canaries, number, "on the crew's pull request");
  // It closes the issue, of which rounds are told.
  await stage.as(AUTHOR).editIssue(REPOSITORY, issue, {
    title: `${ASKED}. ${canaries.foreign('title of the issue, edited before a round', 'line')}`,
    body: canaries.foreign('body of the issue, edited before a round'),
  });
  for (const login of OUTSIDERS) {
    await stage.as(login).review(REPOSITORY, number, {
      event: 'COMMENT',
      body: canaries.foreign(`review by ${login}`),
      comments: [
        {
          path: 'lib/voucher.js',
          line: 1,
          side: 'RIGHT',
          body: canaries.foreign(`comment in the diff by ${login}`),
        },
      ],
    });
  }
  await stage.quiet();
  await stage.as(WRITER).checkRun(
    REPOSITORY,
    pull?.head.sha ?? '',
    {
      name: `lint ${canaries.heard('name of a check', 'line')}`.slice(0, 190).toWellFormed(),
      conclusion: 'failure',
      title: canaries.heard('title of a check', 'line'),
      summary: `Error: ${FAILED} ${canaries.heard('output of a check', 'line')}`,
    },
    'lint-bot',
  );
  await stage.quiet();
  await stage.say(WRITER, number, `${WORD}. ${canaries.heard('word by a writer on the pull request')}`);
  await stage.quiet();
}

/** A pull request from a fork, with issues of somebody else that it closes, and what becomes of a finding. */
async function reviewFork(stage: Stage, canaries: Canaries): Promise<void> {
  const author = stage.as(AUTHOR);
  const plain = { title: 'Delivery costs too little', body: 'We pay more.' };
  const changed = await stage.openIssue('merci', plain);
  const renamed = await stage.openIssue('merci', plain);
  const linked = await stage.openIssue('merci', {
    title: canaries.heard('title of a linked issue', 'line'),
    body: canaries.heard('linked issue'),
  });
  const openedSecond = Math.floor(Date.now() / 1_000);
  await outsidersSay(stage, canaries, linked, 'on a linked issue');
  const other = await stage.openIssue('merci', {
    title: canaries.foreign('title of an issue linked later', 'line'),
    body: canaries.foreign('issue linked later'),
  });
  const fork = await author.fork(REPOSITORY);
  await author.commit(fork, {
    branch: `fix-${canaries
      .foreign('name of a branch', 'line')
      .replace(/[^A-Za-z]+/g, '-')
      .slice(0, 60)}`,
    message: 'Not this one',
    files: { 'lib/other.js': 'export const other = 1;\n' },
  });
  await author.commit(fork, {
    branch: 'dearer',
    message: canaries.foreign('message of a commit'),
    files: { 'lib/price.js': 'export const VAT = 19;\nexport const DELIVERY = 590;\n' },
  });
  stage.github.setFaults([
    { kind: 'slow', latencyMs: SLOW_MS, method: 'GET', path: `^/repos/${REPOSITORY}/pulls/\\d+$` },
  ]);
  const closes = `Closes #${linked}. Closes #${changed}. Closes #${renamed}.`;
  const said = {
    title: `${REVIEWED}. ${canaries.heard('title of a pull request', 'line')}`,
    body: `${canaries.heard('body of a pull request')}\n\n${closes}`,
  };
  // What is written in the second of the trigger may have come after it.
  await stage.until(async () => Math.floor(Date.now() / 1_000) > openedSecond);
  const { number } = await author.openPull(REPOSITORY, { ...said, head: `${AUTHOR}:dearer`, base: 'main' });
  await author.editIssue(REPOSITORY, number, {
    title: `${REVIEWED}. ${canaries.foreign('title of a pull request, edited', 'line')}`,
    body: `${canaries.foreign('body of a pull request, edited')}\n\n${closes} Closes #${other}.`,
  });
  const stranger = stage.as('merci');
  await stranger.editIssue(REPOSITORY, changed, {
    body: canaries.foreign('body of a linked issue, edited after the trigger'),
  });
  await stranger.editIssue(REPOSITORY, renamed, {
    title: canaries.foreign('title of a linked issue, edited after the trigger', 'line'),
  });
  await stage.quiet();
  stage.github.setFaults([]);
  await author.editIssue(REPOSITORY, number, said);
  for (const one of [changed, renamed]) await stranger.editIssue(REPOSITORY, one, plain);
  await outsidersSay(stage, canaries, number, 'on a pull request');
  const { reviewComments } = await stage.snapshot();
  const thread = reviewComments.find((one) => one.number === number && one.user.endsWith('[bot]'));
  if (thread === undefined) throw new Error(`nothing was found: ${await stage.story()}`);
  for (const login of OUTSIDERS) {
    await stage
      .as(login)
      .reviewReply(REPOSITORY, number, thread.id, canaries.foreign(`reply in a thread by ${login}`));
  }
  await stage
    .as(WRITER)
    .reviewReply(REPOSITORY, number, thread.id, canaries.heard('reply in a thread by a writer'));
  await stage.quiet();
  await stage.say(
    'exa',
    number,
    `/crew review ${canaries.foreign('a command by one who lost access', 'line')}`,
  );
  await stage.say(WRITER, number, '/crew review full');
  await stage.quiet();
}

/** Gates hear of a push what it changes. */
async function push(stage: Stage, canaries: Canaries): Promise<void> {
  const change = { 'lib/price.js': 'export const VAT = 7;\nexport const DELIVERY = 390;\n' };
  await stage.as(WRITER).commit(REPOSITORY, {
    branch: 'release/1',
    message: canaries.foreign('message of a pushed commit'),
    files: change,
  });
  await stage.as('merci').fork(REPOSITORY);
  await stage.quiet();
}

async function outsidersSay(stage: Stage, canaries: Canaries, number: number, when: string): Promise<void> {
  for (const login of OUTSIDERS) {
    const id = await stage.say(login, number, canaries.foreign(`comment by ${login} ${when}`));
    await stage.as(login).editComment(REPOSITORY, id, canaries.foreign(`edited comment by ${login} ${when}`));
    await stage.say(login, number, `/crew tell ${canaries.foreign(`command by ${login} ${when}`, 'line')}`);
  }
}
