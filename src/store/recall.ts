/**
 * Finds the memories that match a text. Two lists are made, each of what really matches: by words and by meaning. They are
 * joined by reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009): a memory's worth is the sum of 1 / (60 + rank) over
 * the lists that it stands in, which needs no common scale of a count of words and a cosine.
 */
import { sql } from 'kysely';
import type { MemoryStore } from '../core/memory-ports.ts';
import type { Memory } from '../core/review/review-records.ts';
import { type EmbeddingColumn, similarityTo } from './embedding-column.ts';
import { expiryAfter, memoryColumns, memoryOf, remembered } from './memory-rows.ts';
import type { Change, Database, Session } from './session.ts';
import { storableText } from './storable.ts';

/**
 * Least cosine that counts as the same meaning. *Seen* with the embedder's model on 224 pairs of titles and memories, 14 of
 * which belong together: 0.6 finds 8 and 2 strangers, 0.55 finds 9 and 7, 0.5 finds 11 and 16. Words find others.
 */
const SIMILARITY_MIN = 0.6;
/** A memory matches by words when the text has at least so many of its words … */
const SHARED_WORDS_MIN = 2;
/** … and at least this part of them. */
const SHARED_PART_MIN = 0.34;
/** The rest of a longer text is not looked at. */
const TEXT_MAX_CHARS = 20_000;
/** Of each list. */
const RANKED_MAX = 50;
/** Newest memories that are compared one by one where the database has no pgvector. */
const COMPARED_MAX = 1_000;
/** The constant of the method: how little the first ranks stand out. */
const FUSION_OFFSET = 60;

/** A word as tsquery reads it, whatever stands in it. */
const QUOTED_WORD = sql.raw(String.raw`'''' || replace(replace(word, '\', '\\'), '''', '''''') || ''''`);

type Query = Parameters<MemoryStore['recall']>[0];

interface Searched extends Change {
  readonly session: Session;
  readonly embeddings: EmbeddingColumn;
}

export async function recall(searched: Searched, query: Query): Promise<readonly Memory[]> {
  const lists = [await byWords(searched.db, searched.session, query), await byMeaning(searched, query)];
  return use(searched, query.repositoryId, fuse(lists).slice(0, query.limit));
}

/** Ids, best first; of equals the one that was met first. */
function fuse(lists: readonly (readonly string[])[]): readonly string[] {
  const worth = new Map<string, number>();
  for (const list of lists) {
    for (const [index, id] of list.entries()) {
      worth.set(id, (worth.get(id) ?? 0) + 1 / (FUSION_OFFSET + index + 1));
    }
  }
  return [...worth].toSorted(([, a], [, b]) => b - a).map(([id]) => id);
}

/**
 * A memory of a file that the text names matches, and comes first; others by the part of their words that the text has. Any
 * one word finds the row in the index; the parts are counted on what it found.
 */
async function byWords(db: Database, session: Session, query: Query): Promise<readonly string[]> {
  const text = storableText(query.text.slice(0, TEXT_MAX_CHARS));
  const { rows } = await sql<{ id: string }>`
    with asked as materialized (
      select word from unnest(tsvector_to_array(to_tsvector('english', ${text}))) as word
    ), found as materialized (
      select id, position, tsvector_to_array(search) as words,
        tsvector_to_array(to_tsvector('english', coalesce(path, ''))) as path_words
      from memories
      where repository_id = ${query.repositoryId}::bigint and forgotten_at is null
        and expires_at > ${session.clock.now()}::timestamptz
        and search @@ (select string_agg(${QUOTED_WORD}, ' | ')::tsquery from asked)
    ), counted as (
      select found.id, position, path_words, count(asked.word)::float8 as shared, count(*) as words
      from found cross join unnest(words) as own left join asked on asked.word = own
      group by found.id, position, path_words
    ), judged as (
      select *, path_words <> '{}' and array(select word from asked) @> path_words as named from counted
    )
    select id from judged
    where named or (shared >= ${SHARED_WORDS_MIN}::int and shared >= words * ${SHARED_PART_MIN}::float8)
    order by named desc, shared / words desc, position desc
    limit ${RANKED_MAX}::int`.execute(db);
  return rows.map(({ id }) => id);
}

async function byMeaning({ db, session, embeddings }: Searched, query: Query): Promise<readonly string[]> {
  if (query.embedding === null) return [];
  const kind = await embeddings.kind(db);
  const compared = kind === 'vector' ? null : COMPARED_MAX;
  const { rows } = await sql<{ id: string }>`
    with compared as materialized (
      select id, position, embedding from memories
      where repository_id = ${query.repositoryId}::bigint and forgotten_at is null and embedding is not null
        and expires_at > ${session.clock.now()}::timestamptz
      order by position desc
      limit ${compared}::int
    ), measured as materialized (
      select id, position, ${similarityTo(kind, query.embedding)} as similarity from compared
    )
    select id from measured
    where similarity >= ${SIMILARITY_MIN}::float8
    order by similarity desc, position desc
    limit ${RANKED_MAX}::int`.execute(db);
  return rows.map(({ id }) => id);
}

/** Locks in the order of ids, so that two recalls never wait for each other in a circle; who was forgotten meanwhile is left out. */
async function use(
  { db, session, record }: Searched,
  repositoryId: number,
  ids: readonly string[],
): Promise<readonly Memory[]> {
  if (ids.length === 0) return [];
  const now = session.clock.now();
  const locked = await remembered(db, session, repositoryId)
    .select('id')
    .where('id', 'in', [...ids])
    .orderBy('id')
    .forUpdate()
    .execute();
  if (locked.length === 0) return [];
  const lockedIds = locked.map(({ id }) => id);
  const rows = await db
    .updateTable('memories')
    .set((set) => ({
      uses: set('uses', '+', 1),
      used_at: now,
      expires_at: sql<Date>`greatest(expires_at, ${expiryAfter(now)}::timestamptz)`,
    }))
    .where('repository_id', '=', String(repositoryId))
    .where('id', 'in', lockedIds)
    .returning(memoryColumns)
    .execute();
  const used = new Map(rows.map((row) => [row.id, memoryOf(row)]));
  const recalled = ids.flatMap((id) => used.get(id) ?? []);
  const data = { repositoryId, ids: recalled.map(({ id }) => id) };
  const subject = String(repositoryId);
  await record([{ actor: 'system', type: 'memory.recalled', taskId: null, subject, data }]);
  return recalled;
}
