/**
 * What the crew learned about each repository. A memory that nobody uses ends by itself; one that a person made it forget
 * leaves its key behind, in the same row, so that an `add` that runs beside the forgetting still meets it.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { MemoryStore, NewMemory } from '../core/memory-ports.ts';
import type { Memory, MemoryEvidence } from '../core/review/review-records.ts';
import { type EmbeddingColumn, vectorParameter } from './embedding-column.ts';
import { expiryAfter, memoryColumns, memoryEvent, memoryOf, remembered } from './memory-rows.ts';
import { recall } from './recall.ts';
import type { Change, Database, Session } from './session.ts';
import { boundedText, storableJson, storableText } from './storable.ts';

const TEXT_MAX_CHARS = 1_000;
const PATH_MAX_CHARS = 4_096;
const QUOTE_MAX_CHARS = 500;
/** An index entry holds no more than some 2,700 bytes; longer keys are known by their hash. */
const KEY_MAX_CHARS = 500;
const ID_CHARS = 8;
/** Two keys of one repository that hash alike are so rare that a second try is for the comfort of being sure. */
const ID_ATTEMPTS = 3;

export function createMemoryStore(session: Session, embeddings: EmbeddingColumn): MemoryStore {
  return {
    add: (memory, actor) => session.change('memories.add', (change) => add(change, session, memory, actor)),
    list: (repositoryId, limit) => list(session, repositoryId, limit),
    forget: (repositoryId, id, actor) =>
      session.change('memories.forget', (change) => forget(change, session, { repositoryId, id, actor })),
    recall: (query) =>
      session.change('memories.recall', (change) => recall({ ...change, session, embeddings }, query)),
    withoutEmbedding: (repositoryId, limit) => withoutEmbedding(session, repositoryId, limit),
    embed: (repositoryId, id, embedding) =>
      session.change('memories.embed', (change) =>
        embed(change, embeddings, { repositoryId, id, embedding }),
      ),
    expire: (limit) => session.change('memories.expire', (change) => expire(change, session, limit)),
  };
}

/** The insert waits for another transaction that adds the same key, and then changes nothing. */
async function add(
  { db, record }: Change,
  session: Session,
  memory: NewMemory,
  actor: string,
): Promise<void> {
  const now = session.clock.now();
  const key = storedKey(memory.key);
  for (let attempt = 0; attempt < ID_ATTEMPTS; attempt += 1) {
    const row = await db
      .insertInto('memories')
      .values({
        repository_id: memory.repositoryId,
        id: idOf(key, attempt),
        key,
        kind: memory.kind,
        text: boundedText(memory.text, TEXT_MAX_CHARS),
        path: memory.path === null ? null : boundedText(memory.path, PATH_MAX_CHARS),
        evidence: storableJson(boundedEvidence(memory.evidence)),
        created_at: now,
        expires_at: expiryAfter(now),
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    if (row !== undefined) {
      const { repositoryId, kind, evidence } = memory;
      // Without its words: the trail is never rewritten, and what is forgotten is gone.
      const data = { kind, by: evidence.by, number: evidence.number };
      await record([memoryEvent('added', actor, { repositoryId, id: row.id }, data)]);
      return;
    }
    if (await isKnown(db, memory.repositoryId, key)) return;
  }
  throw new Error(`No free id was found for the memory of key ${key}.`);
}

async function isKnown(db: Database, repositoryId: number, key: string): Promise<boolean> {
  const row = await db
    .selectFrom('memories')
    .select('id')
    .where('repository_id', '=', String(repositoryId))
    .where('key', '=', key)
    .executeTakeFirst();
  return row !== undefined;
}

function storedKey(key: string): string {
  const text = storableText(key);
  return text.length <= KEY_MAX_CHARS ? text : `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** Of the key alone: a memory that ended and is learned again has the id that people may have noted. */
function idOf(key: string, attempt: number): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([key, attempt]))
    .digest();
  return hash.readBigUInt64BE().toString(36).slice(-ID_CHARS).padStart(ID_CHARS, '0');
}

function boundedEvidence(evidence: MemoryEvidence): MemoryEvidence {
  return { ...evidence, quote: boundedText(evidence.quote, QUOTE_MAX_CHARS) };
}

function list(session: Session, repositoryId: number, limit: number): Promise<readonly Memory[]> {
  return session.read('memories.list', async (db) => {
    const rows = await remembered(db, session, repositoryId)
      .select(memoryColumns)
      .orderBy('position', 'desc')
      .limit(limit)
      .execute();
    return rows.map(memoryOf);
  });
}

async function forget(
  { db, record }: Change,
  session: Session,
  { repositoryId, id, actor }: { readonly repositoryId: number; readonly id: string; readonly actor: string },
): Promise<boolean> {
  const row = await db
    .updateTable('memories')
    .set({ forgotten_at: session.clock.now(), text: '', path: null, evidence: '{}' })
    .set(sql`embedding`, null)
    .where('repository_id', '=', String(repositoryId))
    .where('id', '=', storableText(id))
    .where('forgotten_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (row === undefined) return false;
  await record([memoryEvent('forgotten', actor, { repositoryId, id: row.id })]);
  return true;
}

function withoutEmbedding(session: Session, repositoryId: number, limit: number): Promise<readonly Memory[]> {
  return session.read('memories.withoutEmbedding', async (db) => {
    const rows = await remembered(db, session, repositoryId)
      .select(memoryColumns)
      .where(sql<boolean>`embedding is null`)
      .orderBy('position')
      .limit(limit)
      .execute();
    return rows.map(memoryOf);
  });
}

async function embed(
  { db, record }: Change,
  embeddings: EmbeddingColumn,
  memory: { readonly repositoryId: number; readonly id: string; readonly embedding: readonly number[] },
): Promise<void> {
  const kind = await embeddings.kind(db);
  const row = await db
    .updateTable('memories')
    .set(sql`embedding`, vectorParameter(kind, memory.embedding))
    .where('repository_id', '=', String(memory.repositoryId))
    .where('id', '=', storableText(memory.id))
    .where('forgotten_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (row !== undefined) await record([memoryEvent('embedded', 'system', memory)]);
}

/** `skip locked`: a memory that is being recalled right now is put off, and two sweeps share the work. */
async function expire({ db, record }: Change, session: Session, limit: number): Promise<number> {
  const rows = await db
    .with('ended', (cte) =>
      cte
        .selectFrom('memories')
        .select(['repository_id', 'id'])
        .where('forgotten_at', 'is', null)
        .where('expires_at', '<=', session.clock.now())
        .orderBy('expires_at')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .deleteFrom('memories')
    .using('ended')
    .whereRef('memories.repository_id', '=', 'ended.repository_id')
    .whereRef('memories.id', '=', 'ended.id')
    .returning(['memories.repository_id', 'memories.id'])
    .execute();
  await record(
    rows.map((row) =>
      memoryEvent('expired', 'system', { repositoryId: Number(row.repository_id), id: row.id }),
    ),
  );
  return rows.length;
}
