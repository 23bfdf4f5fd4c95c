/** Webhooks as GitHub sent them, from the moment before they are acknowledged until they are handled or dead. */
import { sql } from 'kysely';
import type { Delivery } from '../core/records.ts';
import type { DeliveryStore } from '../core/store-ports.ts';
import { eventOf, eventRow } from './events.ts';
import { later, NO_LEASE } from './lease.ts';
import type { Row } from './schema.ts';
import type { Session } from './session.ts';
import { storableBody, storableJson, storableText } from './storable.ts';

const CLAIM_MS = 60_000;
/** First number of the advisory locks on bodies: see `SUBJECT_LOCKS` in `tasks.ts`. */
const BODY_LOCKS = 29813;

export function createDeliveryStore(session: Session): DeliveryStore {
  return {
    add: (delivery) => add(session, delivery),
    get: (guid) => get(session, guid),
    claim: (guid, owner) => claim(session, guid, owner),
    handled: (guid, decisions) => handled(session, guid, decisions),
    sameBody: (delivery) => sameBody(session, delivery),
    lockBody: (bodyHash) => lockBody(session, bodyHash),
    failed: (guid, error, maxAttempts) => failed(session, guid, error, maxAttempts),
    due: (before, limit) => due(session, before, limit),
    list: (filter) => list(session, filter),
  };
}

/** One statement, so that a webhook waits for one round trip and one flush. */
async function add(session: Session, delivery: Parameters<DeliveryStore['add']>[0]): Promise<boolean> {
  const at = session.clock.now();
  const event = eventRow(at, {
    actor: 'system',
    type: 'delivery.received',
    taskId: null,
    subject: delivery.guid,
    data: { event: delivery.event, action: delivery.action, repository: delivery.repository },
  });
  const row = {
    guid: storableText(delivery.guid),
    event: storableText(delivery.event),
    action: delivery.action === null ? null : storableText(delivery.action),
    payload: storableBody(delivery.body),
    body_hash: delivery.bodyHash,
    installation_id: delivery.installationId,
    repository: delivery.repository === null ? null : storableText(delivery.repository),
    received_at: at,
  };
  return session.single('deliveries.add', async ({ db, recorded }) => {
    const events = await db
      .with('added', (cte) =>
        cte
          .insertInto('deliveries')
          .values(row)
          .onConflict((conflict) => conflict.column('guid').doNothing())
          .returning('guid'),
      )
      .insertInto('events')
      .columns(['at', 'actor', 'type', 'subject', 'data'])
      .expression((from) =>
        from
          .selectFrom('added')
          .select([
            sql<Date>`${at}::timestamptz`.as('at'),
            sql<string>`${event.actor}::text`.as('actor'),
            sql<string>`${event.type}::text`.as('type'),
            'added.guid as subject',
            sql<string>`${event.data}::jsonb`.as('data'),
          ]),
      )
      .returningAll()
      .execute();
    recorded(events.map(eventOf));
    return events.length > 0;
  });
}

function get(session: Session, guid: string): Promise<Delivery | null> {
  return session.read('deliveries.get', async (db) => {
    const row = await db.selectFrom('deliveries').selectAll().where('guid', '=', guid).executeTakeFirst();
    return row === undefined ? null : deliveryOf(row);
  });
}

function claim(session: Session, guid: string, owner: string): Promise<Delivery | null> {
  const now = session.clock.now();
  return session.change('deliveries.claim', async ({ db, record }) => {
    const row = await db
      .updateTable('deliveries')
      .set((set) => ({
        attempts: set('attempts', '+', 1),
        lease_owner: owner,
        lease_until: later(now, CLAIM_MS),
      }))
      .where('guid', '=', guid)
      .where('state', '=', 'received')
      .where((where) => where.or([where('lease_until', 'is', null), where('lease_until', '<=', now)]))
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) return null;
    await record([deliveryEvent('claimed', guid, { owner, attempt: row.attempts })]);
    return deliveryOf(row);
  });
}

function handled(
  session: Session,
  guid: string,
  decisions: Parameters<DeliveryStore['handled']>[1],
): Promise<void> {
  return session.change('deliveries.handled', async ({ db, record }) => {
    const row = await db
      .updateTable('deliveries')
      .set({
        state: 'handled',
        decisions: storableJson(decisions),
        error: null,
        handled_at: session.clock.now(),
        ...NO_LEASE,
      })
      .where('guid', '=', guid)
      .where('state', '=', 'received')
      .returning('guid')
      .executeTakeFirst();
    if (row !== undefined) await record([deliveryEvent('handled', guid, { decisions })]);
  });
}

function sameBody(
  session: Session,
  { guid, event, bodyHash }: Parameters<DeliveryStore['sameBody']>[0],
): Promise<string | null> {
  return session.read('deliveries.sameBody', async (db) => {
    const row = await db
      .selectFrom('deliveries')
      .select('guid')
      .where('body_hash', '=', bodyHash)
      .where('event', '=', event)
      .where('state', '=', 'handled')
      .where('guid', '<>', guid)
      .limit(1)
      .executeTakeFirst();
    return row?.guid ?? null;
  });
}

function lockBody(session: Session, bodyHash: string): Promise<void> {
  return session.read('deliveries.lockBody', async (db) => {
    await sql`select pg_advisory_xact_lock(${BODY_LOCKS}::int, hashtext(${bodyHash}))`.execute(db);
  });
}

function failed(
  session: Session,
  guid: string,
  error: string,
  maxAttempts: number,
): Promise<Delivery['state']> {
  return session.change('deliveries.failed', async ({ db, record }) => {
    const row = await db
      .updateTable('deliveries')
      .set({
        state: sql`case when attempts >= ${maxAttempts}::integer then 'dead' else 'received' end`,
        error: storableText(error),
        ...NO_LEASE,
      })
      .where('guid', '=', guid)
      .where('state', '=', 'received')
      .returning(['state', 'attempts'])
      .executeTakeFirst();
    if (row === undefined) return (await stateOf(db, guid)) ?? 'dead';
    const what = row.state === 'dead' ? 'dead' : 'failed';
    await record([deliveryEvent(what, guid, { error, attempt: row.attempts })]);
    return row.state;
  });
}

async function stateOf(db: Parameters<Parameters<Session['read']>[1]>[0], guid: string) {
  const row = await db.selectFrom('deliveries').select('state').where('guid', '=', guid).executeTakeFirst();
  return row?.state ?? null;
}

function due(session: Session, before: string, limit: number): Promise<readonly string[]> {
  const now = session.clock.now();
  return session.read('deliveries.due', async (db) => {
    const rows = await db
      .with('found', (cte) =>
        cte
          .selectFrom('deliveries')
          .select('guid')
          .where('state', '=', 'received')
          .where((where) => where.or([where('lease_until', 'is', null), where('lease_until', '<=', now)]))
          .where((where) => where.or([where('rung_at', 'is', null), where('rung_at', '<', new Date(before))]))
          .orderBy('received_at')
          .limit(limit)
          .forUpdate()
          .skipLocked(),
      )
      .updateTable('deliveries')
      .from('found')
      .set({ rung_at: now })
      .whereRef('deliveries.guid', '=', 'found.guid')
      .returning(['deliveries.guid', 'deliveries.received_at'])
      .execute();
    return rows.toSorted((a, b) => a.received_at.getTime() - b.received_at.getTime()).map((row) => row.guid);
  });
}

function list(session: Session, filter: Parameters<DeliveryStore['list']>[0]): Promise<readonly Delivery[]> {
  return session.read('deliveries.list', async (db) => {
    const { state, limit } = filter;
    const rows = await db
      .selectFrom('deliveries')
      .selectAll()
      .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'received'))
      .orderBy('received_at', 'desc')
      .limit(limit)
      .execute();
    return rows.map(deliveryOf);
  });
}

function deliveryEvent(what: string, guid: string, data: Readonly<Record<string, unknown>>) {
  return { actor: 'system', type: `delivery.${what}`, taskId: null, subject: guid, data };
}

function deliveryOf(row: Row<'deliveries'>): Delivery {
  return {
    guid: row.guid,
    event: row.event,
    action: row.action,
    payload: row.payload,
    bodyHash: row.body_hash,
    installationId: row.installation_id === null ? null : Number(row.installation_id),
    repository: row.repository,
    state: row.state,
    attempts: row.attempts,
    decisions: row.decisions,
    error: row.error,
    receivedAt: row.received_at.toISOString(),
    handledAt: row.handled_at?.toISOString() ?? null,
  };
}
