/**
 * The one place that knows how vectors are stored: in pgvector's type where the database has it, else as an array of real.
 * Both hold vectors of length 1, whose inner product is their cosine.
 */
import { type RawBuilder, sql } from 'kysely';
import { EMBEDDING_DIMENSIONS } from '../core/ports.ts';
import type { Database } from './session.ts';

export type EmbeddingKind = 'vector' | 'array';

export interface EmbeddingColumn {
  /** Asked of the database once. */
  kind(db: Database): Promise<EmbeddingKind>;
}

export function createEmbeddingColumn(): EmbeddingColumn {
  let known: EmbeddingKind | null = null;
  return {
    kind: async (db) => {
      known ??= await columnKind(db);
      return known;
    },
  };
}

async function columnKind(db: Database): Promise<EmbeddingKind> {
  const { rows } = await sql<{ type: string }>`
    select format_type(atttypid, null) as type from pg_attribute
    where attrelid = 'memories'::regclass and attname = 'embedding'`.execute(db);
  const type = rows[0]?.type;
  if (type === undefined) throw new Error('The table memories has no column embedding: run `crew migrate`.');
  return type === 'real[]' ? 'array' : 'vector';
}

/** Throws when it is not a vector of `EMBEDDING_DIMENSIONS` finite numbers: that is a fault of the embedder. */
export function vectorParameter(kind: EmbeddingKind, embedding: readonly number[]): RawBuilder<never> {
  if (embedding.length !== EMBEDDING_DIMENSIONS || !embedding.every(Number.isFinite)) {
    throw new Error(`An embedding must be ${EMBEDDING_DIMENSIONS} finite numbers.`);
  }
  const length = Math.hypot(...embedding);
  const numbers = embedding.map((number) => (length === 0 ? 0 : number / length)).join(',');
  return kind === 'vector' ? sql`${`[${numbers}]`}::vector` : sql`${`{${numbers}}`}::real[]`;
}

/** Cosine of the column of `memories` and a vector, from -1 to 1. */
export function similarityTo(kind: EmbeddingKind, embedding: readonly number[]): RawBuilder<number> {
  const vector = vectorParameter(kind, embedding);
  return kind === 'vector'
    ? sql`-(embedding <#> ${vector})`
    : sql`(select sum(pair.a * pair.b)::float8 from unnest(embedding, ${vector}) as pair (a, b))`;
}
