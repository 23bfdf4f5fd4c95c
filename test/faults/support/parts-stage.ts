/** The stage of conversations, with the crew as an installation has it: one process that GitHub talks to, and one that works. */
import { randomUUID } from 'node:crypto';
import { createStore } from '../../../src/store/store.ts';
import { systemClock } from '../../../src/wire/clock.ts';
import { type CrewParts, startParts } from '../../support/crew-parts.ts';
import {
  openModel,
  STAGE_ENVIRONMENT,
  type Stage,
  type StageOptions,
  stageOf,
} from '../../support/crew-stage.ts';
import { testDatabase } from '../../support/database.ts';
import { stageFolder } from '../../support/stage-folder.ts';
import { shortenEditIntervals } from '../../support/stage-watch.ts';

export interface PartsStage extends Stage {
  readonly parts: CrewParts;
}

type Wish = StageOptions & { readonly environment?: Readonly<Record<string, string>> };

export async function partsStage(wish: Wish): Promise<PartsStage> {
  const { conversations, repositories, environment, github } = wish;
  const { dir, ends, close } = await stageFolder('parts-stage-');
  try {
    const database = await testDatabase();
    ends.push(() => database.drop());
    await shortenEditIntervals(database.pool);
    const model = await openModel(dir, conversations);
    ends.push(() => model.close());
    const parts = await startParts({
      dir,
      databaseUrl: database.url,
      modelUrl: model.url,
      workers: ['all'],
      sample: false,
      repositories,
      environment: { ...STAGE_ENVIRONMENT, ...environment },
      ...(github === undefined ? {} : { github }),
    });
    ends.push(() => parts.close());
    const store = createStore({
      pool: database.pool,
      clock: systemClock,
      newId: randomUUID,
      onCommitted: () => {},
    });
    const stateDir = parts.workers[0]?.stateDir ?? dir;
    const ground = { dir, github: parts.github, model, store, database, stateDir, close };
    return { ...stageOf(ground, wish), parts };
  } catch (error) {
    await close();
    throw error;
  }
}
