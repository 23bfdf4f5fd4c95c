/**
 * GitHub delivers in any order, and late. Whatever the order, the same is left in the end, and no word is lost. The same is done to
 * many pull requests, a part at a time; each is told of each part in an order of its own, and of some of it with the next part only.
 */
import { expect } from 'vitest';
import { eventCrew } from './support/event-crew.ts';
import { type EventStage, eventStage } from './support/event-stage.ts';
import {
  type Deed,
  does,
  endStates,
  findThreads,
  MANY,
  type ManyPull,
  manyPulls,
  openPulls,
  pushes,
  replies,
  resolves,
  says,
} from './support/many-pulls.ts';
import { permutedMail } from './support/permuted-mail.ts';
import { UNPACED } from './support/unpaced.ts';
import { trial } from './trial.ts';

const closes = does((person, number) => person.closeIssue(MANY, number));
const reopens = does((person, number) => person.reopenIssue(MANY, number));
const reviews = does((person, number) =>
  person.review(MANY, number, { event: 'COMMENT', body: 'I look, too.' }),
);
const labels = does((person, number) => person.label(MANY, number, 'crew:review'));

interface Part {
  /** All of it is done before any of it is delivered. */
  readonly deeds: readonly Deed[];
  /** What comes of it, in whichever order it is told; null: nothing yet, for whoever was asked is held at work until the next part is told. */
  readonly leaves: { readonly tasks: readonly string[]; readonly findings: readonly string[] } | null;
}

const FAULT = 'This line is at fault';
const [ASKED, ANSWERED, FIRST, LAST] = ['ask done', 'reply done', 'review done h1', 'review done h4'];
const PUSHED_AWAY = 'review stopped h3 Superseded by h4.';

/** What the crew did upon one part, its finding and the thread of that included, is there when the next begins. */
const STORY = [
  {
    deeds: [pushes('h1'), says('merci', 'word', 'It grows.'), closes, reopens, labels],
    leaves: { tasks: [FIRST], findings: [`${FAULT}: open`] },
  },
  {
    deeds: [
      replies('mona', 'why', 'Is it?'),
      says('mona', 'halt', '/crew stop'),
      resolves(true),
      resolves(false),
      pushes('h2'),
      says('mona', 'vain', '/crew review'),
      resolves(true),
      says('mona', 'ask', '/crew ask Where are prices?'),
      reviews,
      closes,
      reopens,
      closes,
    ],
    leaves: { tasks: [ASKED, FIRST], findings: [`${FAULT}: dismissed`] },
  },
  {
    deeds: [
      reopens,
      pushes('h3'),
      says('mona', 'again', '/crew review'),
      closes,
      reopens,
      says('merci', 'refused', '/crew stop'),
    ],
    leaves: null,
  },
  {
    deeds: [
      pushes('h4'),
      replies('merci', 'aside', 'Hm.'),
      closes,
      says('merci', 'more', 'And on.'),
      reopens,
    ],
    leaves: { tasks: [ASKED, FIRST, LAST, PUSHED_AWAY], findings: [`${FAULT}: dismissed`] },
  },
  {
    deeds: [resolves(false), closes, reopens, replies('mona', 'sure', 'Is it still?'), reviews],
    leaves: { tasks: [ASKED, ANSWERED, FIRST, LAST, PUSHED_AWAY], findings: [`${FAULT}: open`] },
  },
  {
    deeds: [
      says('mona', 'once more', '/crew review'),
      pushes('h5'),
      resolves(true),
      resolves(false),
      reviews,
      resolves(true),
      closes,
    ],
    leaves: { tasks: [ASKED, ANSWERED, FIRST, LAST, PUSHED_AWAY], findings: [`${FAULT}: dismissed`] },
  },
  {
    deeds: [
      reopens,
      replies('mona', 'still', 'And now?'),
      pushes('h6'),
      says('mona', 'at last', '/crew review'),
      resolves(false),
      closes,
    ],
    leaves: { tasks: [ASKED, ANSWERED, FIRST, LAST, PUSHED_AWAY], findings: [`${FAULT}: open`] },
  },
] as const satisfies readonly Part[];

trial(
  'after any order of its deliveries a pull request is left as after the right one',
  // One of them is told in order, each other in an order of its own for each part.
  { full: { pulls: 79, atOnce: 8, orders: 500 }, short: { pulls: 3, atOnce: 2, orders: 12 } },
  async ({ size, random, count }) => {
    let gate = Promise.withResolvers<void>();
    gate.resolve();
    const stage = await eventStage({
      repositories: [manyPulls],
      conversations: eventCrew(),
      deaf: true,
      // So many tasks are not all looked at each second.
      environment: {
        ...{ ...UNPACED, CREW_CONCURRENCY: String(size.atOnce), CREW_SWEEP_SECONDS: '20' },
        // It would find what is done before it is told: that is `outage`.
        CREW_RECOVERY_SECONDS: '86400',
      },
      behindSeconds: 60,
      mayPass: () => gate.promise,
      waitMs: 600_000,
    });
    try {
      const pulls = await openPulls(stage, size.pulls, 'gifts');
      const mail = permutedMail(stage, random, pulls);
      const tally = { 'orders permuted': 0, deliveries: 0, 'a part late': 0, 'left otherwise': 0 };
      for (const [at, { deeds, leaves }] of STORY.entries()) {
        await doAll(stage, pulls, deeds);
        if (leaves === null) gate = Promise.withResolvers();
        const told = await mail.deliver({ keeps: at < STORY.length - 1 });
        await stage.settled();
        tally['orders permuted'] += told.orders;
        tally['a part late'] += told.late;
        if (leaves !== null) {
          gate.resolve();
          await stage.quiet();
          // What GitHub tells of our own doings.
          await mail.deliver({ keeps: false });
          await stage.quiet();
          const [right, ...states] = await endStates(stage, pulls);
          const others = states.filter((state) => JSON.stringify(state) !== JSON.stringify(right));
          tally['left otherwise'] += others.length;
          expect(right, `part ${at + 1}`).toMatchObject(leaves);
          for (const other of others) expect(other, `part ${at + 1}`).toEqual(right);
        }
        tally.deliveries = stage.bodies().length;
        count(tally);
        await stage.aMinutePasses();
        await findThreads(stage, pulls);
      }
      expect(tally['orders permuted']).toBeGreaterThanOrEqual(size.orders);
      expect(stage.github.violations()).toEqual([]);
    } finally {
      gate.resolve();
      await stage.close();
    }
  },
);

/** One step after the other, so that GitHub tells them apart, but on all at once. */
async function doAll(stage: EventStage, pulls: readonly ManyPull[], deeds: readonly Deed[]): Promise<void> {
  for (const deed of deeds) {
    stage.secondPasses();
    for (const pull of pulls) await deed(pull, stage);
  }
}
