/**
 * GitHub's webhooks about many pull requests, told of the first in order, of each other in an order of its own, of all at the same
 * time; and some of them late.
 */
import type { Random } from '../../support/random.ts';
import type { EventStage, SignedBody } from './event-stage.ts';
import type { ManyPull } from './many-pulls.ts';
import { takeBodies } from './take-bodies.ts';

/** On these the crew looks at a pull request's head. */
const ASKS_FOR_A_LOOK: readonly (string | null)[] = ['opened', 'synchronize', 'reopened'];
/** Of these, each may come late: in the stories that are told, others which are not ask for the same. */
const MAY_BE_LATE = [...ASKS_FOR_A_LOOK, 'closed'];
const LATE_SHARE = 1 / 4;

export interface Told {
  /** How many there were that differ from one another, beside that of the first. */
  readonly orders: number;
  /** Webhooks that were kept for the next time. */
  readonly late: number;
}

export interface PermutedMail {
  /** All that was not told before, and waits until the crew has decided on it; with `keeps`, what is late comes the next time. */
  deliver(how: { readonly keeps: boolean }): Promise<Told>;
}

export function permutedMail(stage: EventStage, random: Random, pulls: readonly ManyPull[]): PermutedMail {
  const taken = new Set<string>();
  const kept = new Map<number, readonly SignedBody[]>();
  return {
    async deliver({ keeps }) {
      const bodies = takeBodies(stage, taken);
      const inOrder: (readonly SignedBody[])[] = [bodies.get(0) ?? []];
      const orders = new Set<string>();
      let late = 0;
      for (const [at, { number }] of pulls.entries()) {
        const fresh = bodies.get(number) ?? [];
        const due = [...(kept.get(number) ?? []), ...fresh];
        if (at === 0) {
          inOrder.push(due);
          continue;
        }
        const later = new Set(keeps ? due.filter((body) => isLate(body, random)) : []);
        // Where all that asks for a look at a new head comes late, the old one is looked at in the meantime, and rightly.
        const asking = fresh.filter(({ action }) => ASKS_FOR_A_LOOK.includes(action));
        if (asking.length > 0 && asking.every((body) => later.has(body))) later.delete(random.pick(asking));
        const order = random.shuffled(due.filter((body) => !later.has(body)));
        kept.set(number, [...later]);
        late += later.size;
        inOrder.push(order);
        const told = order.map((body) => due.indexOf(body));
        if (told.some((one, index) => one < (told[index - 1] ?? 0))) orders.add(told.join());
      }
      const longest = Math.max(...inOrder.map(({ length }) => length));
      const inTurn = Array.from({ length: longest }, (_, at) => inOrder.flatMap((order) => order[at] ?? []));
      await stage.deliver(inTurn.flat(), { together: true });
      return { orders: orders.size, late };
    },
  };
}

function isLate({ action }: SignedBody, random: Random): boolean {
  return MAY_BE_LATE.includes(action) && random.chance(LATE_SHARE);
}
