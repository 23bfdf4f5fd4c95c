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
import { takeBodies } from './support/take-bodies.ts';
import { trial } from './trial.ts';

const closes = does((person, number) => person.closeIssue(MANY, number));
const reopens = does((person, number) => person.reopenIssue(MANY, number));
const reviews = does((person, number) =>
  person.review(MANY, number, { event: 'COMMENT', body: 'I look, too.' }),
);
const labels = does((person, number) => person.label(MANY, number, 'crew:review'));

interface History {
  /** What is done to a pull request, in parts: all of one is done before any of it is delivered, and all of that is acted on before the next. */
  readonly parts: readonly (readonly Deed[])[];
  /** That are left in the right end state. */
  readonly leaves: 'closed' | 'open';
}

const HISTORIES = {
  'only pushed, closed and commented': {
    leaves: 'closed',
    parts: [
      [
        pushes('h1'),
        says('merci', 'word', 'It grows.'),
        says('mona', 'ask', '/crew ask Where are prices?'),
        closes,
        reopens,
        closes,
      ],
    ],
  },
  'reviewed, then closed': {
    leaves: 'closed',
    parts: [
      [pushes('h1'), says('merci', 'word', 'It grows.'), says('mona', 'review', '/crew review'), labels],
      [
        replies('mona', 'why', 'Is it?'),
        resolves(true),
        pushes('h2'),
        says('mona', 'ask', '/crew ask Where are prices?'),
        reviews,
        closes,
        reopens,
        closes,
      ],
    ],
  },
  'reviewed, then left open': {
    leaves: 'open',
    parts: [
      [pushes('h1'), says('merci', 'word', 'It grows.'), closes, reopens, labels],
      [
        resolves(true),
        resolves(false),
        says('mona', 'ask', '/crew ask Where are prices?'),
        pushes('h2'),
        reviews,
        says('mona', 'again', '/crew review'),
        says('merci', 'refused', '/crew stop'),
      ],
    ],
  },
} as const satisfies Readonly<Record<string, History>>;
type Story = keyof typeof HISTORIES;
const STORIES = Object.keys(HISTORIES) as readonly Story[];

interface Doing {
  readonly pulls: readonly ManyPull[];
  readonly deeds: readonly Deed[];
}

/** One step after the other, so that GitHub tells them apart, but on all at once. */
async function doAll(stage: EventStage, doing: readonly Doing[]): Promise<void> {
  const longest = Math.max(...doing.map(({ deeds }) => deeds.length));
  for (let at = 0; at < longest; at += 1) {
    stage.secondPasses();
    for (const { pulls, deeds } of doing) for (const pull of pulls) await deeds[at]?.(pull, stage);
  }
}

interface Permuted {
  readonly bodies: ReadonlyMap<number, readonly SignedBody[]>;
  readonly pulls: ReadonlyMap<Story, readonly ManyPull[]>;
  /** The orders tried of each story, to be added to. */
  readonly orders?: ReadonlyMap<Story, Set<string>>;
}

/** The first of each story in order, each of the others in an order of its own; of all of them at the same time. */
async function deliverPermuted(
  stage: EventStage,
  random: Random,
  { bodies, pulls, orders }: Permuted,
): Promise<void> {
  const inOrder: (readonly SignedBody[])[] = [];
  for (const [story, some] of pulls) {
    for (const [at, { number }] of some.entries()) {
      const those = bodies.get(number) ?? [];
      const order = at === 0 ? those : random.shuffled(those);
      inOrder.push(order);
      orders?.get(story)?.add(order.map((signed) => those.indexOf(signed)).join());
    }
  }
  inOrder.push(bodies.get(0) ?? []);
  const longest = Math.max(...inOrder.map(({ length }) => length));
  const inTurn = Array.from({ length: longest }, (_, at) => inOrder.flatMap((order) => order[at] ?? []));
  await stage.deliver(inTurn.flat(), { together: true });
}

trial<Readonly<Record<Story, number>>>(
  'after any order of its deliveries a pull request is left as after the right one',
  {
    full: {
      'only pushed, closed and commented': 400,
      'reviewed, then closed': 50,
      'reviewed, then left open': 50,
    },
    short: {
      'only pushed, closed and commented': 5,
      'reviewed, then closed': 4,
      'reviewed, then left open': 4,
    },
  },
  async ({ size, random, count }) => {
    const stage = await eventStage({
      repositories: [manyPulls],
      conversations: eventCrew(),
      deaf: true,
      environment: { CREW_CONCURRENCY: '4' },
    });
    try {
      const taken = new Set<string>();
      const pulls = new Map<Story, readonly ManyPull[]>();
      for (const [at, story] of STORIES.entries())
        pulls.set(story, await openPulls(stage, size[story], `story-${at}`));
      const orders = new Map<Story, Set<string>>(STORIES.map((story) => [story, new Set()]));
      for (const part of [0, 1]) {
        const told = STORIES.filter((story) => HISTORIES[story].parts.length > part);
        const doing = told.map((story) => ({
          pulls: pulls.get(story) ?? [],
          deeds: HISTORIES[story].parts[part] ?? [],
        }));
        await findThreads(
          stage,
          doing.flatMap(({ pulls }) => pulls),
        );
        await doAll(stage, doing);
        await deliverPermuted(stage, random, { bodies: takeBodies(stage, taken), pulls, orders });
        await stage.settled();
        await stage.quiet();
        // What GitHub tells of our own doings.
        await deliverPermuted(stage, random, { bodies: takeBodies(stage, taken), pulls });
        await stage.quiet();
        await stage.aMinutePasses();
      }
      let all = 0;
      for (const story of STORIES) {
        const states = await endStates(stage, pulls.get(story) ?? []);
        const [right] = states;
        const some = orders.get(story)?.size ?? 0;
        all += states.length;
        count({ [`orders, ${story}`]: some });
        expect(othersThan(right, states)).toEqual([]);
        expect(right).toMatchObject({ tasks: expect.any(Array) });
        if (HISTORIES[story].parts.length > 1) expect(right?.findings).not.toEqual([]);
      }
      count({ 'pull requests': all, deliveries: taken.size, 'left otherwise': 0 });
      expect(stage.github.violations()).toEqual([]);
    } finally {
      await stage.close();
    }
  },
);

function othersThan(right: EndState | undefined, states: readonly EndState[]): readonly EndState[] {
  return states.filter((state) => JSON.stringify(state) !== JSON.stringify(right)).slice(0, 2);
}
