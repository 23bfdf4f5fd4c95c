/** Looks up what the crew learned about a repository and what of it matches a text, by words and by meaning. */

import type { MemoryStore } from '../core/memory-ports.ts';
import { EMBEDDING_DIMENSIONS, type Embedder, type Log } from '../core/ports.ts';
import type { Memory } from '../core/review/review-records.ts';

/** Memories that get their vector on the way, oldest first; what is over waits for the next look. */
const EMBEDDED_AT_ONCE = 50;

export interface RecallOptions {
  readonly memories: Pick<MemoryStore, 'list' | 'withoutEmbedding' | 'embed' | 'recall'>;
  readonly embedder: Embedder;
  readonly repositoryId: number;
  /** What to match; the beginning counts most. */
  readonly text: string;
  readonly limit: number;
  readonly log: Log;
}

/**
 * Best first. Nothing is embedded for a repository of which nothing is known. Trouble with the embedder is logged and
 * leaves the look-up by words; trouble with the store throws.
 */
export async function recallMemories(options: RecallOptions): Promise<readonly Memory[]> {
  const { memories, repositoryId, text, limit } = options;
  if ((await memories.list(repositoryId, 1)).length === 0) return [];
  const embedding = await embed(options);
  return memories.recall({ repositoryId, text, embedding, limit });
}

/** The text's vector, or null. */
async function embed(options: RecallOptions): Promise<readonly number[] | null> {
  const { memories, repositoryId, text } = options;
  const waiting = await memories.withoutEmbedding(repositoryId, EMBEDDED_AT_ONCE);
  const vectors = await tryEmbedding(options, [text, ...waiting.map((memory) => memory.text)]);
  if (vectors === null) return null;
  const [embedding, ...learned] = vectors;
  for (const [index, { id }] of waiting.entries()) {
    const vector = learned[index];
    if (vector !== undefined) await memories.embed(repositoryId, id, vector);
  }
  return embedding ?? null;
}

async function tryEmbedding(
  { embedder, repositoryId, log }: RecallOptions,
  texts: readonly string[],
): Promise<readonly (readonly number[])[] | null> {
  try {
    const vectors = await embedder.embed(texts);
    if (vectors.length === texts.length && vectors.every(isWhole)) return vectors;
    log.warn({ repositoryId }, 'the embedder gave no whole vectors; memories are looked up by words alone');
  } catch (error) {
    log.warn(
      { err: error, repositoryId },
      'the embedder is in trouble; memories are looked up by words alone',
    );
  }
  return null;
}

function isWhole(vector: readonly number[]): boolean {
  return vector.length === EMBEDDING_DIMENSIONS && vector.every(Number.isFinite);
}
