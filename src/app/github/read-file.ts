/** Reads a file of the default branch, and not again while GitHub says that it did not change. */
import type { Octokit } from '@octokit/rest';
import type { Repository } from '../../core/records.ts';
import type { EtagCache } from './etag-cache.ts';
import { FILE_MAX_BYTES, FileTooLargeError } from './file-too-large.ts';
import { AnswerTooLargeError, isRefusal } from './refusal.ts';
import { nullOn404 } from './when-gone.ts';

const CAUSES_MAX = 8;

/** Null when it is not there, or is a folder. Throws FileTooLargeError. */
export async function readFile(
  github: Octokit,
  repository: Repository,
  path: string,
  cache: EtagCache,
): Promise<string | null> {
  const key = `${repository.id}/${path}`;
  const kept = cache.get(key);
  const headers = kept === null ? {} : { 'if-none-match': kept.etag };
  try {
    const mediaType = { format: 'raw' };
    const answer = await nullOn404(
      github.rest.repos.getContent({
        owner: repository.owner,
        repo: repository.name,
        path,
        mediaType,
        headers,
      }),
    );
    const text = answer === null ? null : textOf(answer.data, path);
    if (text !== null && answer?.headers.etag !== undefined)
      cache.set(key, { etag: answer.headers.etag, text });
    return text;
  } catch (error) {
    if (kept !== null && isRefusal(error, 304)) return kept.text;
    if (isAnswerTooLarge(error)) throw new FileTooLargeError(path, null, { cause: error });
    throw error;
  }
}

/** Null for a directory, which comes as a list. The client decodes what is declared UTF-8 and leaves bytes otherwise. */
function textOf(data: unknown, path: string): string | null {
  const bytes =
    typeof data === 'string' ? Buffer.from(data) : data instanceof ArrayBuffer ? Buffer.from(data) : null;
  if (bytes === null) return null;
  if (bytes.length > FILE_MAX_BYTES) throw new FileTooLargeError(path, bytes.length);
  return bytes.toString('utf8');
}

/** The client wraps what its fetch throws. */
export function isAnswerTooLarge(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < CAUSES_MAX; depth += 1) {
    if (cause instanceof AnswerTooLargeError) return true;
    cause = cause.cause;
  }
  return false;
}
