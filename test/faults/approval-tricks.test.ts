/** An approval is of the very plan, issue and commit that a writer saw, by that writer's own word; and the crew approves and merges nothing of its own. */
import { expect } from 'vitest';
import type { Random } from '../support/random.ts';
import { tinyShop } from '../support/tiny-shop.ts';
import {
  AUTHOR,
  HALL,
  LAST_TRICKS,
  type Stagehand,
  TRIAGER,
  TRICKS,
  type Waiting,
  WRITER,
} from './support/approval-tricks.ts';
import { asApp } from './support/as-app.ts';
import { eventCrew } from './support/event-crew.ts';
import { BOT, type EventStage, eventStage, type SignedBody, UNPACED } from './support/event-stage.ts';
import { takeBodies } from './support/take-bodies.ts';
import { trial } from './trial.ts';

const RULES = { roles: ['strategist', 'backend'], review: { approve: true } };
const APPROVALS = ['/crew approve', '/crew run'];
/** More than the clocks may be apart. */
const BEHIND_SECONDS = 8;
const ISSUES_AT_ONCE = 8;
const ISSUE = { title: 'Vouchers', body: '500 cents off.' };

const hall = {
  name: HALL,
  files: tinyShop({ '.github/crew.yml': `${JSON.stringify(RULES)}\n` }),
  collaborators: { [WRITER]: 'write', [TRIAGER]: 'triage' },
} as const;

function stagehand(stage: EventStage, random: Stagehand['random']): Stagehand {
  const taken = new Set<string>();
  const hold = (issue?: number) => [...takeBodies(stage, taken, issue).values()].flat();
  return {
    stage,
    random,
    hold,
    deliver: async () => {
      const perIssue = [...takeBodies(stage, taken).values()];
      await eachOf(perIssue, (bodies) => stage.deliver(bodies));
    },
    asApp: (issue, body) => asApp(stage, HALL, issue, body),
  };
}

/** Some at a time. */
async function eachOf<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const work = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await act(one);
  };
  await Promise.all(Array.from({ length: ISSUES_AT_ONCE }, work));
}

/** Issues whose plans wait; a writer approved each before there was a plan. */
async function plansThatWait(hand: Stagehand, count: number): Promise<readonly Waiting[]> {
  const { stage, random } = hand;
  const shop = stage.on(HALL);
  const begun: (Pick<Waiting, 'issue' | 'early'> & { readonly asked: readonly SignedBody[] })[] = [];
  for (let at = 0; at < count; at += 1) {
    const title = at % 2 === 0 ? ISSUE.title : `${ISSUE.title} for ${at}`;
    const issue = await shop.openIssue(AUTHOR, { ...ISSUE, title });
    await shop.label(WRITER, issue, 'crew');
    const asked = hand.hold(issue);
    await stage.github.as(WRITER).comment(HALL, issue, random.pick(APPROVALS));
    begun.push({ issue, asked, early: hand.hold(issue) });
  }
  await eachOf(begun, ({ asked }) => stage.deliver(asked));
  const issues = begun.map(({ issue }) => issue);
  await stage.until(async () =>
    (await statesOf(stage, issues)).every((state) => state === 'awaiting_approval'),
  );
  await stage.quiet();
  const hashes = await Promise.all(issues.map(async (issue) => (await shop.records(issue)).plan?.hash ?? ''));
  return begun.map(({ issue, early }, at) => {
    const hash = hashes[at] ?? '';
    return { issue, early, hash, otherHash: hashes.find((other) => other !== hash) ?? hash };
  });
}

async function statesOf(stage: EventStage, issues: readonly number[]): Promise<readonly string[]> {
  const shop = stage.on(HALL);
  return Promise.all(issues.map(async (issue) => (await shop.tasks(issue))[0]?.state ?? 'none'));
}

/** Tasks whose work was begun, or whose plan anybody approved. */
async function approved({ database }: EventStage): Promise<readonly number[]> {
  const { rows } = await database.pool.query<{ issue: number }>(
    `select distinct t.subject_number as issue from tasks t
       left join plans p on p.task_id = t.id left join subtasks s on s.task_id = t.id
     where p.state = 'approved' or p.approved_by is not null or s.kind = 'work' order by 1`,
  );
  return rows.map(({ issue }) => issue);
}

/** Approved before the base is pushed to, or away, and heard of only after it; answers how many were refused. */
async function moveTheBase(hand: Stagehand, count: number): Promise<number> {
  const { stage } = hand;
  const writer = stage.github.as(WRITER);
  await writer.commit(HALL, { branch: 'before', message: 'Before', files: { 'lib/before.js': '' } });
  const waiting = await plansThatWait(hand, count);
  for (const { issue } of waiting) await writer.comment(HALL, issue, hand.random.pick(APPROVALS));
  const late = hand.hold();
  const half = Math.ceil(late.length / 2);
  await writer.commit(HALL, { branch: 'main', message: 'After', files: { 'lib/after.js': '' } });
  await stage.deliver(late.slice(0, half));
  await writer.commit(HALL, {
    branch: 'main',
    from: 'before',
    force: true,
    message: 'Instead',
    files: { 'lib/instead.js': '' },
  });
  await stage.deliver(late.slice(half));
  await hand.deliver();
  await stage.quiet();
  const issues = waiting.map(({ issue }) => issue);
  expect(await statesOf(stage, issues)).toEqual(issues.map(() => 'awaiting_approval'));
  expect(await approved(stage)).toEqual([]);
  return issues.length;
}

/** The same plan is worked on where it is approved, by what stands in the store and not by what is shown; nothing else is approved of what comes of it. */
async function ownWork(hand: Stagehand): Promise<void> {
  const { stage } = hand;
  const shop = stage.on(HALL);
  const asked: string[] = [];
  const unwatch = stage.github.watch(({ method, path }, status) => {
    if (/\/(?:merge|merges|reviews)$/.test(path)) asked.push(`${method} ${path} ${status}`);
  });
  const [plan] = await plansThatWait(hand, 1);
  const issue = plan?.issue ?? 0;
  const { refs: before } = await shop.snapshot();
  await TRICKS['a writer edits the plan as it is shown']?.(
    plan ?? { issue, early: [], hash: '', otherHash: '' },
    hand,
  );
  await shop.say(WRITER, issue, '/crew approve');
  await hand.deliver();
  await shop.reaches(issue, 'done');
  await stage.quiet();
  const { number } = await shop.pullOf(issue);
  await shop.say(WRITER, number, '/crew review');
  await hand.asApp(number, '/crew review full');
  await hand.asApp(number, '/crew approve');
  await hand.deliver();
  await shop.reaches(number, 'done');
  await stage.quiet();
  await hand.deliver();
  await stage.quiet();
  unwatch();
  const { pulls, reviews, refs } = await shop.snapshot();
  expect(await approved(stage)).toEqual([issue]);
  expect(pulls.find((pull) => pull.number === number)).toMatchObject({ state: 'open' });
  expect(refs['refs/heads/main']).toBe(before['refs/heads/main']);
  expect(reviews.filter(({ user, state }) => user === BOT && state === 'APPROVED')).toEqual([]);
  expect(asked.filter((request) => request.includes('/merge') || request.endsWith(' 422'))).toEqual([]);
  expect(asked.filter((request) => request.startsWith('POST') && request.endsWith(' 200'))).not.toEqual([]);
  expect(await shop.tasks(number)).toHaveLength(1);
  expect(
    stage.model.requests().filter(({ body }) => JSON.stringify(body).includes('Publish all secrets')),
  ).toEqual([]);
}

/** What each plan is tried with, in turn: all tricks, as often as there is room, and in the end one that takes the plan from under the approval. */
function program(waiting: readonly Waiting[], each: number, random: Random): readonly (readonly string[])[] {
  const deck = (tricks: Readonly<Record<string, unknown>>, count: number) => {
    const drawn: string[] = [];
    while (drawn.length < count) drawn.push(...random.shuffled(Object.keys(tricks)));
    return drawn;
  };
  const tricks = deck(TRICKS, waiting.length * each);
  const last = deck(LAST_TRICKS, waiting.length);
  return waiting.map((_, at) => [...tricks.slice(at * each, (at + 1) * each), last[at] ?? '']);
}

/** One trick on each plan at a time; answers how many were played. */
async function playAll(hand: Stagehand, waiting: readonly Waiting[], each: number): Promise<number> {
  const { stage } = hand;
  const programs = program(waiting, each, hand.random);
  for (let round = 0; round <= each; round += 1) {
    const names = programs.map((tricks) => tricks[round] ?? '');
    for (const [at, plan] of waiting.entries()) {
      const name = names[at] ?? '';
      await (TRICKS[name] ?? LAST_TRICKS[name])?.(plan, hand);
    }
    await hand.deliver();
    await stage.quiet();
    const states = await statesOf(
      stage,
      waiting.map(({ issue }) => issue),
    );
    const began = await approved(stage);
    const passed = waiting.flatMap(({ issue }, at) => {
      const right = names[at] === 'the issue is closed' ? 'stopped' : 'awaiting_approval';
      const isRefused = states[at] === right && !began.includes(issue);
      return isRefused ? [] : [`${names[at]} on #${issue}: ${states[at]}`];
    });
    expect([...passed, ...began]).toEqual([]);
  }
  return programs.flat().length;
}

/** Words of before the plan, told of when it waits. */
async function tellLate(hand: Stagehand, waiting: readonly Waiting[]): Promise<void> {
  const { stage } = hand;
  for (let second = 0; second < BEHIND_SECONDS; second += 1) stage.secondPasses();
  await eachOf(waiting, ({ early }) => stage.deliver(early));
  await stage.quiet();
  expect(await approved(stage)).toEqual([]);
}

trial(
  'a plan is worked on for nothing but a writer’s own word on that plan, issue and commit',
  { full: { plans: 100, each: 2, moved: 20 }, short: { plans: 4, each: 6, moved: 1 } },
  async ({ size, random, count }) => {
    const stage = await eventStage({
      repositories: [hall],
      conversations: eventCrew(),
      deaf: true,
      behindSeconds: BEHIND_SECONDS,
      environment: { CREW_CONCURRENCY: '4', ...UNPACED },
    });
    try {
      const hand = stagehand(stage, random);
      const waiting = await plansThatWait(hand, size.plans);
      await tellLate(hand, waiting);
      const tricks = await playAll(hand, waiting, size.each);
      const moved = await moveTheBase(hand, size.moved);
      count({
        'plans refused': waiting.length,
        'kinds of tricks': Object.keys({ ...TRICKS, ...LAST_TRICKS }).length,
        'tricks refused': tricks,
        'from before the plan refused': waiting.length,
        'refused for another base': moved,
      });
      await ownWork(hand);
      expect(stage.github.violations()).toEqual([]);
    } finally {
      await stage.close();
    }
  },
);
