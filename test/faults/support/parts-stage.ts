/** The stage of conversations, with the crew as an installation has it: one process that GitHub talks to, and one that works. */
import type { GitHubOptions } from '../../../demo/github/github.ts';
import { startParts } from '../../support/crew-parts.ts';
import {
  openBehind,
  STAGE_ENVIRONMENT,
  type Stage,
  type StageOptions,
  stageOf,
} from '../../support/crew-stage.ts';
import { stageFolder } from '../../support/stage-folder.ts';
import { storeOn } from '../../support/store-on.ts';

export interface PartsStageWish extends StageOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly github?: Pick<GitHubOptions, 'rateLimits'>;
}

export async function partsStage(wish: PartsStageWish): Promise<Stage> {
  const { conversations, repositories, environment, github } = wish;
  const { dir, ends, close } = await stageFolder('parts-stage-');
  try {
    const { database, model } = await openBehind({ dir, ends }, conversations);
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
    const [worker] = parts.workers;
    if (worker === undefined) throw new Error('nobody works');
    const { stateDir } = worker;
    const store = storeOn(database.pool);
    const ground = { dir, github: parts.github, model, store, database, stateDir, close };
    return stageOf({ ...ground, printed: () => parts.output() }, wish);
  } catch (error) {
    await close();
    throw error;
  }
}
