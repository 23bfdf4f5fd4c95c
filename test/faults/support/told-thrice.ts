/** GitHub's webhooks as a bad day delivers them: each three times under its GUID, in an order of chance, to whichever process is up. */
import { setTimeout as delay } from 'node:timers/promises';
import type { CrewParts } from '../../support/crew-parts.ts';
import { postWebhook } from '../../support/post-webhook.ts';
import type { Random } from '../../support/random.ts';

export interface Told {
  /** Deliveries, each counted once. */
  deliveries(): number;
  /** Whether all that GitHub has to tell was acknowledged as often as it must be. */
  isQuiet(): boolean;
  stop(): Promise<void>;
}

export interface Telling {
  readonly random: Random;
  /** A delivery waits at most so long. */
  readonly withinMs: number;
  /** Whose webhooks are told; the others never come. */
  readonly repository: string;
}

const TIMES = 3;
const LOOK_EVERY_MS = 40;
const AGAIN_MS = 150;

/** The parts are `deaf`. What is not acknowledged is delivered again, until it is. */
export function tellThrice(parts: CrewParts, { random, withinMs, repository }: Telling): Told {
  const ending = new AbortController();
  const seen = new Set<string>();
  const running = new Set<Promise<void>>();
  let told = 0;

  const tell = async (delivery: { readonly guid: string; readonly event: string; readonly body: string }) => {
    await delay(random.between(0, withinMs));
    while (!ending.signal.aborted) {
      const up = parts.webs.filter((web) => web.isRunning());
      const web = up.length === 0 ? null : random.pick(up);
      const answer = web === null ? null : await postWebhook(web.url, parts.webhookSecret, delivery);
      if (answer !== null && answer.status !== null && answer.status < 300) return;
      await delay(AGAIN_MS);
    }
  };
  const look = (): void => {
    for (const { guid, event, payload: body } of parts.github.deliveries()) {
      if (seen.has(guid)) continue;
      seen.add(guid);
      if (JSON.parse(body).repository?.full_name !== repository) continue;
      told += 1;
      for (let time = 0; time < TIMES; time += 1) {
        const telling = tell({ guid, event, body });
        running.add(telling);
        void telling.finally(() => running.delete(telling));
      }
    }
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    deliveries: () => told,
    isQuiet() {
      look();
      return running.size === 0;
    },
    async stop() {
      clearInterval(timer);
      ending.abort();
      await Promise.all(running);
    },
  };
}
