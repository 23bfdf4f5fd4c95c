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
  type Trick,
  type Waiting,
  WRITER,
} from './support/approval-tricks.ts';
import { asApp } from './support/as-app.ts';
import { eventCrew } from './support/event-crew.ts';
import { BOT, type EventStage, eventStage, type SignedBody } from './support/event-stage.ts';
import { takeBodies } from './support/take-bodies.ts';
import { UNPACED } from './support/unpaced.ts';
import { trial } from './trial.ts';

const RULES = { roles: ['strategist', 'backend'], review: { approve: true } };
const APPROVALS = ['/crew approve', '/crew run'];
/** More than the clocks may be apart. */
const BEHIND_SECONDS = 8;
/** As far as a plan may be younger than its approval. */
const CLOCKS_APART_SECONDS = 5;
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

/** Approved before the base is pushed to, or away, and heard of only after it; answers how many of each were refused. Then the base is as it was. */
async function moveTheBase(hand: Stagehand, waiting: readonly Waiting[], pushed: number) {
  const { stage } = hand;
  const writer = stage.github.as(WRITER);
  const main = (await stage.on(HALL).snapshot()).refs['refs/heads/main'] ?? '';
  const change = (name: string) => ({ message: name, files: { [`lib/${name}.js`]: '' } });
  await writer.commit(HALL, { branch: 'instead', ...change('before') });
  const instead = await writer.commit(HALL, { branch: 'instead', ...change('instead') });
  const refused = async (plans: readonly Waiting[], move: () => Promise<string>): Promise<number> => {
    for (const { issue } of plans) await writer.comment(HALL, issue, hand.random.pick(APPROVALS));
    const sha = await move();
    await hand.deliver();
    await stage.quiet();
    await allRefused(hand, waiting);
    await writer.resetBranch(HALL, 'main', main);
    await hand.deliver();
    return toldOn(hand, plans, `to \`${sha.slice(0, 7)}\` since the plan was made`);
  };
  return {
    push: await refused(waiting.slice(0, pushed), () =>
      writer.commit(HALL, { branch: 'main', ...change('after') }),
    ),
    forcePush: await refused(waiting, async () => {
      await writer.resetBranch(HALL, 'main', instead);
      return instead;
    }),
  };
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

/** What each plan is tried with, in turn: all tricks, as often as there is room. */
function program(
  tricks: Readonly<Record<string, unknown>>,
  waiting: readonly Waiting[],
  { each, random }: { readonly each: number; readonly random: Random },
): readonly (readonly string[])[] {
  const drawn: string[] = [];
  while (drawn.length < waiting.length * each) drawn.push(...random.shuffled(Object.keys(tricks)));
  return Array.from({ length: each }, (_, round) => waiting.map((_, at) => drawn[at * each + round] ?? ''));
}

/** One trick on each plan at a time; answers how many were played. */
async function playAll(
  hand: Stagehand,
  waiting: readonly Waiting[],
  { tricks, each }: { readonly tricks: Readonly<Record<string, Trick>>; readonly each: number },
): Promise<number> {
  const { stage, random } = hand;
  const rounds = program(tricks, waiting, { each, random });
  for (const names of rounds) {
    for (const [at, plan] of waiting.entries()) await tricks[names[at] ?? '']?.(plan, hand);
    await hand.deliver();
    await stage.quiet();
    await allRefused(hand, waiting, names);
  }
  return rounds.flat().length;
}

async function allRefused(
  { stage }: Stagehand,
  waiting: readonly Waiting[],
  names: readonly string[] = [],
): Promise<void> {
  const issues = waiting.map(({ issue }) => issue);
  const states = await statesOf(stage, issues);
  const began = await approved(stage);
  const passed = issues.flatMap((issue, at) => {
    const right = names[at] === 'the issue is closed' ? 'stopped' : 'awaiting_approval';
    const isRefused = states[at] === right && !began.includes(issue);
    return isRefused ? [] : [`${names[at] ?? 'an approval'} on #${issue}: ${states[at]}`];
  });
  expect([...passed, ...began]).toEqual([]);
}

/** On how many of the plans' issues the crew says so. */
async function toldOn({ stage }: Stagehand, waiting: readonly Waiting[], words: string): Promise<number> {
  const { comments } = await stage.on(HALL).snapshot();
  const told = comments.filter(({ user, body }) => user === BOT && body.includes(words));
  return waiting.filter(({ issue }) => told.some(({ number }) => number === issue)).length;
}

/** Approved before the plan is made anew, and heard of only after it; answers how many were refused. */
async function reviseAll(hand: Stagehand, waiting: readonly Waiting[]): Promise<number> {
  const { stage } = hand;
  const writer = stage.github.as(WRITER);
  for (const { issue } of waiting) await writer.comment(HALL, issue, hand.random.pick(APPROVALS));
  const late = hand.hold();
  for (let second = 0; second < CLOCKS_APART_SECONDS; second += 1) stage.secondPasses();
  for (const { issue } of waiting) await writer.comment(HALL, issue, '/crew plan With more tests.');
  await hand.deliver();
  await stage.quiet();
  await eachOf(late, (one) => stage.deliver([one]));
  await stage.quiet();
  await allRefused(hand, waiting);
  return toldOn(hand, waiting, '(version 2) was made after this was written');
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
  {
    full: { plans: 100, each: 1, revised: 100, pushed: 20 },
    short: { plans: 4, each: 6, revised: 0, pushed: 1 },
  },
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
      const revised = await reviseAll(hand, waiting.slice(0, size.revised));
      const tricks = await playAll(hand, waiting, { tricks: TRICKS, each: size.each });
      const { push, forcePush } = await moveTheBase(hand, waiting, size.pushed);
      const last = await playAll(hand, waiting, { tricks: LAST_TRICKS, each: 1 });
      count({
        'plans refused': waiting.length,
        'kinds of tricks': Object.keys({ ...TRICKS, ...LAST_TRICKS }).length,
        'tricks refused': tricks + last,
        'from before the plan refused': waiting.length,
        'refused after a force-push': forcePush,
        'refused after a push': push,
        'refused for a plan made anew': revised,
        'refused for an edited issue': last,
      });
      expect({ forcePush, push, revised }).toEqual({
        forcePush: size.plans,
        push: size.pushed,
        revised: size.revised,
      });
      await ownWork(hand);
      expect(stage.github.violations()).toEqual([]);
    } finally {
      await stage.close();
    }
  },
);
