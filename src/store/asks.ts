/** How often somebody asked the crew for something on one issue or pull request, of late. */
import type { AskStore, PullRequestKey } from '../core/memory-ports.ts';
import type { Asks } from '../core/review/review-records.ts';
import type { Session } from './session.ts';
import { storableText } from './storable.ts';

const WINDOW_MS = 3_600_000;

export function createAskStore(session: Session): AskStore {
  return {
    get: (of, login) => get(session, of, login),
    note: (of, login) => note(session, of, login),
  };
}

function get(session: Session, of: PullRequestKey, login: string): Promise<Asks> {
  return session.read('asks.get', async (db) => {
    const row = await db
      .selectFrom('asks')
      .select(['count', 'began_at'])
      .where('repository_id', '=', String(of.repositoryId))
      .where('number', '=', of.number)
      .where('login', '=', storableText(login))
      .where('began_at', '>', windowStart(session))
      .executeTakeFirst();
    return { count: row?.count ?? 0, beganAt: row?.began_at.toISOString() ?? null };
  });
}

function note(session: Session, of: PullRequestKey, login: string): Promise<void> {
  const now = session.clock.now();
  const start = windowStart(session);
  return session.change('asks.note', async ({ db, record }) => {
    const { count } = await db
      .insertInto('asks')
      .values({
        repository_id: of.repositoryId,
        number: of.number,
        login: storableText(login),
        count: 1,
        began_at: now,
      })
      .onConflict((conflict) =>
        conflict.columns(['repository_id', 'number', 'login']).doUpdateSet((set) => ({
          count: set
            .case()
            .when('asks.began_at', '>', start)
            .then(set('asks.count', '+', 1))
            .else(1)
            .end(),
          began_at: set
            .case()
            .when('asks.began_at', '>', start)
            .then(set.ref('asks.began_at'))
            .else(now)
            .end(),
        })),
      )
      .returning('count')
      .executeTakeFirstOrThrow();
    const subject = `${of.repositoryId}#${of.number}`;
    await record([{ actor: login, type: 'ask.noted', taskId: null, subject, data: { count } }]);
  });
}

function windowStart(session: Session): Date {
  return new Date(session.clock.now().getTime() - WINDOW_MS);
}
