/** GitHub's signature does not cover the GUID: whoever has a body can deliver it again. No replay may have an effect. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect } from 'vitest';
import { isOfOneMoment } from '../../src/core/replays.ts';
import type { Random } from '../support/random.ts';
import { allThatStands } from './support/all-that-stands.ts';
import { eventCrew } from './support/event-crew.ts';
import { type EventStage, eventStage } from './support/event-stage.ts';
import { type Chapter, eventStory, SHOP, shopWithGates } from './support/event-story.ts';
import { trial } from './trial.ts';

const SET_UP_MS = 60_000;
/** The same body so often at once, from the first time on. */
const CROWD = 3;
/** As far apart as clocks may be: an approval is to be one of the plan that waits. */
const BEHIND_SECONDS = 5;

const deployment = createServer((_, response) => void response.end('ready'));
let host: string;

beforeAll(async () => {
  deployment.listen(0, 'localhost');
  await once(deployment, 'listening');
  host = `localhost:${(deployment.address() as AddressInfo).port}`;
}, SET_UP_MS);
afterAll(() => void deployment.close());

interface Replaying {
  readonly stage: EventStage;
  readonly random: Random;
  /** How often all are delivered again in an order drawn anew, after they were in theirs. */
  readonly shuffles: number;
  readonly counted: (replays: number) => void;
}

/** All bodies so far again, and nothing may be other than before. */
async function replay({ stage, random, shuffles, counted }: Replaying): Promise<void> {
  const before = await allThatStands(stage, [SHOP]);
  const bodies = stage.bodies();
  for (let round = 0; round <= shuffles; round += 1) {
    const crowd = Array<typeof bodies>(CROWD).fill(bodies).flat();
    if (round === 0 && shuffles > 1) await stage.deliver(bodies);
    else await stage.deliver(random.shuffled(round % 2 === 0 ? crowd : bodies), { together: true });
    counted(round > 0 && round % 2 === 0 ? crowd.length : bodies.length);
  }
  expect(await newIn(before, stage)).toEqual([]);
}

async function newIn(before: readonly string[], stage: EventStage): Promise<readonly string[]> {
  const after = await allThatStands(stage, [SHOP]);
  const gone = before.filter((line) => !after.includes(line)).map((line) => `- ${line}`);
  return [...gone, ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`)];
}

/** Some of the story for every run of the tests. */
const SHORT: readonly Chapter[] = [
  'an issue is planned, let go and taken up again',
  'what was refused would be allowed now',
  'all is closed',
];

trial(
  'a replay under a new GUID has no effect, in whatever order and however often, while the task waits and after its end',
  { full: { shuffles: 2, chapters: null, each: true }, short: { shuffles: 1, chapters: SHORT, each: false } },
  async ({ size, random, count }) => {
    let isAtWork = false;
    const goOn = Promise.withResolvers<void>();
    const stage = await eventStage({
      repositories: [shopWithGates(host)],
      conversations: eventCrew(),
      crowd: CROWD,
      behindSeconds: BEHIND_SECONDS,
      mayPass: async ({ role }) => {
        if (role !== 'backend') return;
        isAtWork = true;
        await goOn.promise;
      },
    });
    try {
      let replays = 0;
      const counted = (some: number) => {
        replays += some;
      };
      const all = { stage, random, shuffles: size.shuffles, counted };
      const story = eventStory(stage, host, {
        waiting: () => replay({ ...all, shuffles: 1 }),
        working: async () => {
          await stage.until(async () => isAtWork);
          await stage.settled();
          await replay({ ...all, shuffles: 1 });
          goOn.resolve();
        },
      });
      const told = (Object.keys(story) as Chapter[]).filter((name) => size.chapters?.includes(name) ?? true);
      // Reviews come before the work where that is not told.
      if (!told.includes('it is planned anew, approved and done')) goOn.resolve();
      for (const name of told) {
        await story[name]();
        await stage.quiet();
        if (size.each || name === told.at(-1)) await replay(all);
      }
      const bodies = (await stage.decided()).filter(({ event }) => isOfOneMoment({ event }));
      expect(bodies.filter(({ decisions }) => decisions.length !== 1)).toEqual([]);
      const kinds = new Set(stage.bodies().map(({ event, action }) => `${event}.${action}`));
      count({ 'kinds of events': kinds.size, bodies: stage.bodies().length, replays, 'new effects': 0 });
      expect(stage.github.violations()).toEqual([]);
    } finally {
      await stage.close();
    }
  },
);
