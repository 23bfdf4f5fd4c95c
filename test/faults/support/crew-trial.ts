import { setTimeout as delay } from 'node:timers/promises';
import type { ConversationFile } from '../../../demo/model/conversation-format.ts';
import type { RunningModel } from '../../../demo/model/start-model.ts';
import { TASK_ENDS } from '../../../src/core/records.ts';
import { type CrewParts, type PartsWish, startParts } from '../../support/crew-parts.ts';
import { openModel } from '../../support/crew-stage.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { holdModel, type Knock } from '../../support/held-model.ts';
import { stageFolder } from '../../support/stage-folder.ts';

export const OWNER = 'acme';
const LOOK_EVERY_MS = 100;

export interface TrialWish extends Omit<PartsWish, 'dir' | 'databaseUrl' | 'modelUrl'> {
  readonly conversations: readonly ConversationFile[];
  /** Asked of each request before the model is. */
  readonly mayPass?: (knock: Knock) => Promise<unknown>;
  /** How long it waits for anything, a minute unless said. */
  readonly waitMs?: number;
}

export interface SeenTask {
  readonly id: string;
  readonly state: string;
  readonly reason: string | null;
  readonly costUsd: number;
  readonly budgetUsd: number;
}

export interface CrewTrial {
  readonly dir: string;
  readonly parts: CrewParts;
  readonly model: RunningModel;
  readonly database: TestDatabase;
  /** Opens an issue that the crew takes up without asking; answers its number. */
  ask(repository: string, title: string): Promise<number>;
  say(repository: string, number: number, text: string): Promise<void>;
  /** The newest on an issue; null while there is none. */
  task(repository: string, number: number): Promise<SeenTask | null>;
  /** Waits for its end. */
  ended(repository: string, number: number): Promise<SeenTask>;
  /** All that the crew says on an issue. */
  said(repository: string, number: number): Promise<string>;
  until<T>(look: () => Promise<T | null | undefined | false> | T | null | undefined | false): Promise<T>;
  close(): Promise<void>;
}

/** All of it is ended by `close`, and by a failure to begin. */
export async function crewTrial(wish: TrialWish): Promise<CrewTrial> {
  const { conversations, mayPass, waitMs = 60_000, ...rest } = wish;
  const { dir, ends, close } = await stageFolder('crew-trial-');
  try {
    const database = await testDatabase();
    ends.push(() => database.drop());
    const model = await openModel(dir, conversations);
    ends.push(() => model.close());
    const door = mayPass === undefined ? model : await holdModel(model, mayPass);
    if (door !== model) ends.push(() => door.close());
    const parts = await startParts({
      dir,
      databaseUrl: database.url,
      modelUrl: door.url,
      sample: false,
      ...rest,
    });
    ends.push(() => parts.close());
    return trialOf({ dir, database, model, parts, close }, waitMs);
  } catch (error) {
    await close();
    throw error;
  }
}

type Ground = Pick<CrewTrial, 'dir' | 'database' | 'model' | 'parts' | 'close'>;

function trialOf(ground: Ground, waitMs: number): CrewTrial {
  const { database, parts } = ground;
  const until: CrewTrial['until'] = async (look) => {
    const deadline = Date.now() + waitMs;
    for (;;) {
      const found = await look();
      if (found !== null && found !== undefined && found !== false) return found;
      if (Date.now() > deadline) throw new Error(`it did not come to that:\n${look}\n${await story(ground)}`);
      await delay(LOOK_EVERY_MS);
    }
  };
  const task: CrewTrial['task'] = async (repository, number) => {
    const { repo } = await parts.github.snapshot(repository);
    const { rows } = await database.pool.query<SeenTask>(
      `select id, state, reason, budget_usd::float as "budgetUsd",
              cost_usd::float as "costUsd"
       from tasks where repository_id = $1 and subject_number = $2 order by created_at desc limit 1`,
      [repo.id, number],
    );
    return rows[0] ?? null;
  };
  return {
    ...ground,
    until,
    task,
    async ask(repository, title) {
      const owner = parts.github.as(OWNER);
      const { number } = await owner.openIssue(repository, { title, body: 'As the title says.' });
      await owner.label(repository, number, 'crew:auto');
      return number;
    },
    say: async (repository, number, text) =>
      void (await parts.github.as(OWNER).comment(repository, number, text)),
    ended: (repository, number) =>
      until(async () => {
        const seen = await task(repository, number);
        return seen !== null && TASK_ENDS.some((end) => end === seen.state) && seen;
      }),
    async said(repository, number) {
      const { comments } = await parts.github.snapshot(repository);
      return comments
        .filter((comment) => comment.number === number && comment.user !== OWNER)
        .map(({ body }) => body)
        .join('\n');
    },
  };
}

/** For the message of a trial that waits in vain. */
async function story({ database, model, parts }: Ground): Promise<string> {
  const { rows } = await database.pool.query(
    `select t.subject_number as number, t.state as task, t.reason, s.key, s.role, s.state, s.attempts, s.losses
     from tasks t left join subtasks s on s.task_id = t.id order by t.created_at, s.position`,
  );
  const refused = model.requests().filter(({ status }) => status >= 400);
  const printed = parts.output().split('\n').slice(-60).join('\n').slice(-12_000);
  return [
    ...rows.map((row) => JSON.stringify(row)),
    ...refused.slice(-5).map(({ error }) => error),
    printed,
  ].join('\n');
}
