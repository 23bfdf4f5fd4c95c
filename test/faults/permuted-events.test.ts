/** GitHub delivers in any order. Whatever the order, the same is left in the end, and no word is lost. */
import { expect } from 'vitest';
import type { Random } from '../support/random.ts';
import { eventCrew } from './support/event-crew.ts';
import { type EventStage, eventStage, type SignedBody } from './support/event-stage.ts';
import {
  type Deed,
  does,
  type EndState,
  endStates,
  MANY,
  type ManyPull,
  manyPulls,
  openPulls,
  pushes,
  says,
} from './support/many-pulls.ts';
import { takeBodies } from './support/take-bodies.ts';
import { trial } from './trial.ts';

const closes = does((person, number) => person.closeIssue(MANY, number));
const reopens = does((person, number) => person.reopenIssue(MANY, number));
const reviews = does((person, number) =>
  person.review(MANY, number, { event: 'COMMENT', body: 'I look, too.' }),
);
const labels = does((person, number) => person.label(MANY, number, 'crew:review'));

/** What is done to a pull request before any of it is delivered. */
const LEFT_CLOSED: readonly Deed[] = [
  pushes('h1'),
  says('merci', 'word', 'It grows.'),
  says('mona', 'review', '/crew review'),
  labels,
  pushes('h2'),
  says('mona', 'ask', '/crew ask Where are prices?'),
  reviews,
  closes,
  reopens,
  closes,
];
const LEFT_OPEN: readonly Deed[] = [
  pushes('h1'),
  says('merci', 'word', 'It grows.'),
  closes,
  says('mona', 'ask', '/crew ask Where are prices?'),
  reopens,
  pushes('h2'),
  reviews,
  says('mona', 'review', '/crew review'),
  labels,
  says('merci', 'refused', '/crew stop'),
];

/** One step after the other, so that GitHub tells them apart, but on all at once. */
async function doAll(stage: EventStage, pulls: readonly ManyPull[], deeds: readonly Deed[]): Promise<void> {
  for (const deed of deeds) {
    stage.secondPasses();
    for (const pull of pulls) await deed(pull, stage);
  }
}

/** The first in order, each of the others in an order of its own; of all of them at the same time. */
async function deliverPermuted(
  stage: EventStage,
  random: Random,
  bodies: ReadonlyMap<number, readonly SignedBody[]>,
): Promise<number> {
  const orders = [...bodies.values()].map((some, at) => (at === 0 ? some : random.shuffled(some)));
  const longest = Math.max(...orders.map(({ length }) => length));
  const inTurn = Array.from({ length: longest }, (_, at) => orders.flatMap((order) => order[at] ?? []));
  await stage.deliver(inTurn.flat(), { together: true });
  return new Set(orders.map((order) => order.map(({ event, action }) => `${event}.${action}`).join())).size;
}

trial(
  'after any order of its deliveries a pull request is left as after the right one',
  { full: { closed: 300, open: 60 }, short: { closed: 8, open: 4 }, minutes: { short: 8 } },
  async ({ size, random, count }) => {
    const stage = await eventStage({
      repositories: [manyPulls],
      conversations: eventCrew(),
      deaf: true,
      environment: { CREW_CONCURRENCY: '4' },
    });
    try {
      for (const [label, deeds] of [
        ['closed', LEFT_CLOSED],
        ['open', LEFT_OPEN],
      ] as const) {
        const pulls = await openPulls(stage, size[label], label);
        await doAll(stage, pulls, deeds);
        const taken = new Set<string>();
        const orders = await deliverPermuted(stage, random, takeBodies(stage, taken));
        await stage.settled();
        await stage.quiet();
        // What GitHub tells of our own doings.
        await deliverPermuted(stage, random, takeBodies(stage, taken));
        await stage.quiet();
        const states = await endStates(stage, pulls);
        const [right] = states;
        count({ [`orders, ${label} in the end`]: orders, [`deliveries, ${label}`]: taken.size });
        expect(othersThan(right, states)).toEqual([]);
        expect(right).toMatchObject({ tasks: expect.any(Array) });
        console.log(JSON.stringify(right, null, 1));
      }
      expect(stage.github.violations()).toEqual([]);
    } finally {
      await stage.close();
    }
  },
);

function othersThan(right: EndState | undefined, states: readonly EndState[]): readonly EndState[] {
  return states.filter((state) => JSON.stringify(state) !== JSON.stringify(right)).slice(0, 2);
}
