/** All that a model was told, and whether it was told what it must not be. */
import { setTimeout as delay } from 'node:timers/promises';
import { REQUESTS_KEPT } from '../../../demo/model/model-state.ts';
import type { Stage } from '../../support/crew-stage.ts';
import { type Canaries, foundIn } from './canaries.ts';
import { stringsOf } from './heard-as.ts';

const LOOK_EVERY_MS = 1_000;

/** By the model, in all requests from the `from`th on. Throws where it has forgotten some. */
export function heardBy({ model }: Pick<Stage, 'model'>, from = 0): string {
  const requests = model.requests();
  if (requests.length >= REQUESTS_KEPT) {
    throw new Error(`the model remembers its newest ${REQUESTS_KEPT} requests only, and there may be more`);
  }
  return requests
    .slice(from)
    .map(({ body }) => stringsOf(body).join('\n'))
    .join('\n');
}

/** Whether one of a stranger's words did before the story's end, which a story that they steer may never reach. */
export async function onePasses(stage: Stage, canaries: Canaries, story: Promise<void>): Promise<boolean> {
  const ended = new AbortController();
  const watching = async (): Promise<boolean> => {
    let searched = 0;
    while (!ended.signal.aborted) {
      const heard = heardBy(stage, searched);
      searched = stage.model.requests().length;
      if (foundIn(heard, canaries.forbidden).length > 0) return true;
      await delay(LOOK_EVERY_MS);
    }
    return false;
  };
  try {
    return await Promise.race([story.then(() => false), watching()]);
  } finally {
    ended.abort();
  }
}
