/** GitHub's webhooks as somebody delivers them who has their bodies at once: each several times together, under a GUID each. */
import type { CrewParts } from '../../support/crew-parts.ts';
import { postWebhook } from '../../support/post-webhook.ts';

export interface Crowds {
  /** Whether all that GitHub has to tell was acknowledged, each time. */
  isQuiet(): boolean;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 20;

/** The parts are `deaf`. */
export function tellInCrowds(
  { github, url, webhookSecret }: Pick<CrewParts, 'github' | 'url' | 'webhookSecret'>,
  times: number,
): Crowds {
  const seen = new Set<string>();
  const running = new Set<Promise<void>>();
  const failed: string[] = [];

  const tell = async (event: string, body: string): Promise<void> => {
    const { status } = await postWebhook(url, webhookSecret, { event, body });
    if (status !== 202) failed.push(`${event} was answered ${status}`);
  };
  const look = (): void => {
    for (const { guid, event, payload } of github.deliveries()) {
      if (seen.has(guid)) continue;
      seen.add(guid);
      for (let time = 0; time < times; time += 1) {
        const telling = tell(event, payload);
        running.add(telling);
        void telling.finally(() => running.delete(telling));
      }
    }
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    isQuiet() {
      look();
      if (failed.length > 0) throw new Error(failed.join('\n'));
      return running.size === 0;
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(running);
    },
  };
}
