/** Programs that answer the crew, each of whose answers might have one of its own: all comes to rest, and where a loop had to be broken people are told. */
import { expect } from 'vitest';
import { ANSWERS_PER_THREAD_MAX } from '../../src/core/decide/replies.ts';
import type { Random } from '../support/random.ts';
import type { Comment } from '../support/staged-repository.ts';
import { tinyShop } from '../support/tiny-shop.ts';
import { asApp } from './support/as-app.ts';
import { type Answer, type Echo, echo, type Heard, quoting } from './support/echo-bot.ts';
import { eventCrew } from './support/event-crew.ts';
import { BOT, type EventStage, eventStage } from './support/event-stage.ts';
import { UNPACED } from './support/unpaced.ts';
import { trial } from './trial.ts';

const WRITER = 'mona';
const ECHO = 'echo[bot]';
const VENDOR = 'vendor[bot]';
/** A person's account that a program uses. */
const SCRIPT = 'scripted';
const UNLISTED = 'acme/unlisted';
const LISTED = 'acme/listed';
const FAULT = 'export const gift = 1; // FAULT\n';
/** As the documents say: of a bot, and of a person. */
const BOT_ASKS = 10;
const PERSON_ASKS = 30;
const BOT_ROUNDS = 5;
/** Each is answered with one comment. */
const WORDS = ['/crew status', 'Are you sure?\n\n/crew help', 'And now?\n\n/crew config', '/crew nonsense'];

function repository(name: string, bots: readonly string[]) {
  const rules = { roles: ['strategist', 'backend'], bots };
  return {
    name,
    files: tinyShop({ '.github/crew.yml': `${JSON.stringify(rules)}\n` }),
    collaborators: { [WRITER]: 'write', [VENDOR]: 'write', [SCRIPT]: 'write' },
  } as const;
}

/** All that was told to GitHub, sticky comments each time anew, and all that was begun. */
async function ledger({ database }: EventStage): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ entry: string }>(
    `select 'effect:' || key || ':' || revision as entry from effects union all select 'task:' || request_key from tasks`,
  );
  return rows.map(({ entry }) => entry);
}

const since = (before: readonly string[], after: readonly string[]): readonly string[] =>
  after.filter((entry) => !before.includes(entry));

/** What was done for a comment, whose id stands behind that of the repository. */
const doneFor = (entries: readonly string[], { id }: Pick<Comment, 'id'>): readonly string[] =>
  entries
    .filter((entry) => /^(?:effect:\w+|task):\w+:\d+:(\d+):/.exec(entry)?.[1] === String(id))
    .map((entry) => entry.split(':').slice(0, 2).join(' '))
    .sort();
/** A reaction, and an answer. */
const ANSWERED = ['effect mark', 'effect reply'];

interface Scene {
  readonly stage: EventStage;
  readonly random: Random;
  /** Who answers the crew, while a chapter lasts. */
  answering(answer: Answer): Echo;
}

const speaking =
  (login: string, said: (heard: Heard) => string): Answer =>
  async ({ github }, heard) => {
    const { repository: at, number, thread, body } = heard;
    const words = quoting(body, said(heard));
    if (thread === null) await github.as(login).comment(at, number, words);
    else await github.as(login).reviewReply(at, number, thread, words);
  };

/** A loop of a login's commands on an issue on which nothing runs; answers the words of either side there. */
async function loopOfCommands({ stage, random, answering }: Scene, at: string, login: string) {
  const shop = stage.on(at);
  const issue = await shop.openIssue(WRITER, { title: 'Vouchers', body: '500 cents off.' });
  await stage.quiet();
  const before = await ledger(stage);
  const program = answering(speaking(login, () => random.pick(WORDS)));
  const id = await shop.say(WRITER, issue, '/crew status');
  await comesToRest(stage, program);
  const done = since(before, await ledger(stage));
  const all = await shop.comments(issue);
  const by = (who: string): readonly Comment[] => all.filter(({ user }) => user === who);
  return { issue, asked: { id }, said: by(login), answers: by(BOT), done };
}

/** Two looks with nothing new in between. */
async function comesToRest(stage: EventStage, program: Echo): Promise<void> {
  for (let before = -1; ; ) {
    await stage.quiet();
    await stage.until(async () => program.caughtUp());
    await stage.quiet();
    const now = stage.bodies().length;
    if (now === before && program.caughtUp()) break;
    before = now;
  }
  await program.close();
}

const isEnough = ({ body }: Comment, limit: number): boolean =>
  body.includes(`asked for ${limit} things here within an hour`);

/** Heard up to the limit, each word answered once; then it is said once that it is enough, and that is all. */
async function breaksLoop(scene: Scene, login: string, limit: number): Promise<number> {
  const { stage } = scene;
  const { issue, asked, said, answers, done } = await loopOfCommands(scene, LISTED, login);
  // The first answer is that of the writer's word, which began it all.
  expect(answers).toHaveLength(1 + limit + 1);
  expect(answers.filter((answer) => isEnough(answer, limit))).toHaveLength(1);
  expect(said).toHaveLength(answers.length);
  expect(doneFor(done, asked)).toEqual(ANSWERED);
  const heard = said.map((word) => doneFor(done, word)).filter(({ length }) => length > 0);
  expect(heard).toEqual(Array.from({ length: limit }, () => ANSWERED));
  expect(done).toHaveLength(ANSWERED.length * (1 + limit) + 1);
  const before = (await stage.on(LISTED).comments(issue)).length;
  await stage.on(LISTED).say(WRITER, issue, '/crew status');
  await stage.quiet();
  expect(await stage.on(LISTED).comments(issue)).toHaveLength(before + 2);
  return said.length;
}

const CHAPTERS = {
  'a bot that is not listed': async (scene: Scene) => {
    const { asked, said, answers, done } = await loopOfCommands(scene, UNLISTED, ECHO);
    expect(answers).toHaveLength(1);
    expect(doneFor(done, asked)).toEqual(ANSWERED);
    expect(done).toHaveLength(ANSWERED.length);
    expect(said).toHaveLength(1);
    return said.length;
  },
  'a bot that is listed': (scene: Scene) => breaksLoop(scene, ECHO, BOT_ASKS),
  'another vendor’s bot that is not listed': async ({ stage, random, answering }: Scene) => {
    const shop = stage.on(UNLISTED);
    const issue = await shop.openIssue(WRITER, { title: 'Gifts', body: 'For all.' });
    await shop.label(WRITER, issue, 'crew:auto');
    await shop.reaches(issue, 'done');
    await stage.quiet();
    const { number } = await shop.pullOf(issue);
    const before = await ledger(stage);
    // With what a listed one is heard on: reviews, commands, and labels of the crew.
    const program = answering(async (of, heard) => {
      await speaking(VENDOR, () => random.pick([...WORDS, '/crew fix', '/crew review']))(of, heard);
      const body = `Name it otherwise: ${random.next()}.`;
      await of.github.as(VENDOR).review(UNLISTED, number, { event: 'REQUEST_CHANGES', body });
      await of.github.as(VENDOR).label(UNLISTED, issue, 'crew');
    });
    const asked: number[] = [];
    for (const words of WORDS) {
      asked.push(await shop.say(WRITER, number, words));
      await stage.quiet();
    }
    await comesToRest(stage, program);
    const done = since(before, await ledger(stage));
    expect(asked.map((id) => doneFor(done, { id }))).toEqual(asked.map(() => ANSWERED));
    expect(done).toHaveLength(ANSWERED.length * asked.length);
    expect(program.said()).toBe(asked.length);
    return program.said();
  },
  'a person’s account that a program uses': (scene: Scene) => breaksLoop(scene, SCRIPT, PERSON_ASKS),
  'our own App': async ({ stage, random }: Scene) => {
    const shop = stage.on(LISTED);
    const issue = await shop.openIssue(WRITER, { title: 'Gifts', body: 'For all.' });
    await shop.say(WRITER, issue, '/crew status');
    await stage.quiet();
    const before = await shop.comments(issue);
    const done = await ledger(stage);
    for (const words of random.shuffled(WORDS)) await asApp(stage, LISTED, issue, words);
    await stage.quiet();
    expect(await shop.comments(issue)).toHaveLength(before.length + WORDS.length);
    expect(since(done, await ledger(stage))).toEqual([]);
    return WORDS.length;
  },
  'the thread of a finding': async ({ stage, answering }: Scene) => {
    const person = stage.github.as(WRITER);
    await person.commit(LISTED, { branch: 'gift', message: 'Gifts', files: { 'lib/gift.js': FAULT } });
    const program = answering(async (of, heard) => {
      if (heard.thread !== null) await speaking(SCRIPT, () => 'No, it is right.')(of, heard);
    });
    const pull = { title: 'Gifts', head: 'gift', base: 'main' };
    const { number } = await stage.github.as('merci').openPull(LISTED, pull);
    await stage.until(async () =>
      (await stage.on(LISTED).tasks(number)).some(({ kind }) => kind === 'reply'),
    );
    await comesToRest(stage, program);
    const { reviewComments } = await stage.github.snapshot(LISTED);
    const answers = reviewComments.filter(({ user, thread, id }) => user === BOT && thread !== id);
    expect(answers).toHaveLength(ANSWERS_PER_THREAD_MAX);
    expect(reviewComments.filter(({ user }) => user === SCRIPT)).toHaveLength(ANSWERS_PER_THREAD_MAX + 1);
    return ANSWERS_PER_THREAD_MAX + 1;
  },
  'another vendor’s bot that reviews and pushes': async ({ stage, random, answering }: Scene) => {
    const shop = stage.on(LISTED);
    const issue = await shop.openIssue(WRITER, { title: 'Vouchers', body: '500 cents off.' });
    await shop.label(WRITER, issue, 'crew:auto');
    await shop.reaches(issue, 'done');
    const { number } = await shop.pullOf(issue);
    const program = answering((of, heard) => reviewsAll(of, heard, random));
    await shop.say(WRITER, number, 'Have a look.');
    const labels = async () =>
      (await shop.snapshot()).pulls.find((one) => one.number === number)?.labels ?? [];
    await stage.until(async () => (await labels()).includes('crew:needs-human'));
    await comesToRest(stage, program);
    const rounds = (await shop.tasks(number)).filter(({ requester }) => requester === VENDOR);
    expect(rounds.length).toBeLessThanOrEqual(BOT_ROUNDS);
    const told = (await shop.comments(number)).filter(({ body }) => body.includes('A person has to look'));
    expect(told).toHaveLength(1);
    return program.said();
  },
} as const satisfies Readonly<Record<string, (scene: Scene) => Promise<number>>>;

/** Reviews what the crew pushes, never content, and pushes something itself now and then. */
async function reviewsAll({ github }: Pick<EventStage, 'github'>, heard: Heard, random: Random) {
  const { repository: at, number } = heard;
  const pull = (await github.snapshot(at)).pulls.find((one) => one.number === number)?.pull;
  if (!pull) return;
  const vendor = github.as(VENDOR);
  await vendor.review(at, number, { event: 'COMMENT', body: `Name it otherwise: ${random.next()}.` });
  if (!random.chance(0.2)) return;
  const files = { [`lib/vendor-${random.between(1, 1e6)}.js`]: 'export {};\n' };
  await vendor.commit(at, { branch: pull.head.ref, message: 'Generate', files });
}

type Chapter = keyof typeof CHAPTERS;
const ALL = Object.keys(CHAPTERS) as readonly Chapter[];
const SHORT: readonly Chapter[] = [
  'a bot that is not listed',
  'a bot that is listed',
  'our own App',
  'the thread of a finding',
];

trial(
  'programs that answer the crew come to rest: bots that are not listed and our own App unheard, others after so many words',
  { full: { chapters: ALL }, short: { chapters: SHORT } },
  async ({ size, random, count }) => {
    const stage = await eventStage({
      repositories: [repository(UNLISTED, []), repository(LISTED, [ECHO, VENDOR])],
      conversations: eventCrew(),
      behindSeconds: 0,
      environment: UNPACED,
    });
    const programs: Echo[] = [];
    const answering = (answer: Answer): Echo => {
      const program = echo(stage, answer);
      programs.push(program);
      return program;
    };
    try {
      for (const name of random.shuffled(size.chapters)) {
        count({ [`words of ${name}`]: await CHAPTERS[name]({ stage, random, answering }) });
      }
      expect(stage.github.violations()).toEqual([]);
    } finally {
      for (const program of programs) await program.close();
      await stage.close();
    }
  },
);
