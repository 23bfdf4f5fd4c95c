/**
 * The one way out to GitHub: a fetch with a time limit from sending to the last byte, a limit on the answer's size,
 * and a moment after which nothing is sent any more.
 */
import { lastMoment } from './last-moment.ts';
import { AnswerTooLargeError, NotSentError, PausedError } from './refusal.ts';

export type Fetch = typeof globalThis.fetch;

/** The largest answer we ask for is a page of 100 comments of 64 KiB. */
const ANSWER_MAX_BYTES = 16 * 1024 * 1024;
/** By the Fetch standard a Response with these takes no body. */
const BODILESS = new Set([101, 103, 204, 205, 304]);

export interface FetchLimits {
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
  /** A request that waited in a queue past this moment is dropped: our right to make it may have passed on. */
  readonly startBefore: Date | null;
  readonly now: () => Date;
  /** How long GitHub wants to be left alone, as far as this process knows; nothing is written until then. */
  readonly pausedMs: () => number;
  /** Of an answer, before anybody reads it: what GitHub repeats of ours goes no further. */
  readonly redact: (text: string) => string;
}

/**
 * Octokit reads a JSON body that breaks off as an empty string (`@octokit/request` 10, `getResponseData`); so the body
 * is read here to its end, and a broken one is a failed request.
 */
export function boundedFetch(fetch: Fetch, limits: FetchLimits): Fetch {
  const whyNot = (): Error | null => {
    if (limits.startBefore !== null && limits.now() > limits.startBefore)
      return new NotSentError('the request waited too long to be sent');
    return limits.pausedMs() > 0 ? new PausedError('GitHub wants to be left alone') : null;
  };
  return async (input, init) => {
    const why = whyNot();
    if (why !== null) throw why;
    const isRead = init?.method === undefined || init.method === 'GET' || init.method === 'HEAD';
    const timeout = AbortSignal.timeout(isRead ? limits.readTimeoutMs : limits.writeTimeoutMs);
    const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    const response = await fetch(input, { ...init, ...lastMoment(whyNot), signal });
    const body = cleaned(await readBody(response), response, limits.redact);
    if (!BODILESS.has(response.status)) requireWholeJson(response, body);
    return new Response(BODILESS.has(response.status) ? null : body, {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
    });
  };
}

function cleaned(
  body: Buffer<ArrayBuffer>,
  { headers }: Response,
  redact: (text: string) => string,
): Buffer<ArrayBuffer> {
  if (!/^(?:application\/json|text\/)/.test(headers.get('content-type') ?? '')) return body;
  const text = body.toString('utf8');
  const clean = redact(text);
  return clean === text ? body : Buffer.from(clean);
}

async function readBody(response: Response): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > ANSWER_MAX_BYTES) {
      throw new AnswerTooLargeError(`GitHub's answer is larger than ${ANSWER_MAX_BYTES / 1024 / 1024} MiB.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function requireWholeJson(response: Response, body: Buffer): void {
  const type = response.headers.get('content-type')?.split(';')[0]?.trim();
  if (response.ok && type === 'application/json') JSON.parse(body.toString('utf8'));
}
