/**
 * The webhook route: limits, verifies, stores, and only then answers 202, so that nothing acknowledged can be lost and
 * nothing unsigned costs more than its bytes. GitHub waits 10 s and does not deliver again by itself: 202 means stored.
 */

import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { ConfigError, errorMessage, TransientError } from '../../core/errors.ts';
import type { Doorbell, Log } from '../../core/ports.ts';
import type { Store } from '../../core/store-ports.ts';
import { type Payload, parsePayload } from './parse-payload.ts';
import {
  type Body,
  BodyTooLargeError,
  BodyTooSlowError,
  createRoom,
  NoRoomError,
  type Room,
  withBody,
} from './read-body.ts';
import { type RefusalStatus, refuse, refuseUnread } from './refuse.ts';
import { checkSignature, type SignatureCheck } from './signature.ts';

export const WEBHOOK_PATH = '/api/github/webhooks';
/** The body itself is at fault: recovery does not ask for it again. No proxy on the way answers this by itself. */
export const REFUSED_FOR_GOOD = 422;

/** GitHub sends no event above 25 MB: https://docs.github.com/webhooks/webhook-events-and-payloads */
const BODY_MAX_BYTES = 25 * 1024 * 1024;
/** All large bodies that are held at once: one of the largest and some as large ones mostly are. */
const ROOM_BYTES = 32 * 1024 * 1024;
/** GitHub itself gives up after 10 s. */
const BODY_TIMEOUT_MS = 10_000;
/** The rest of GitHub's 10 s is for the way. What the database takes later is found by the sweep. */
const STORE_TIMEOUT_MS = 8_000;
const TOO_LARGE = 'the body is above 25 MB';
const SECRET_MIN_CHARS = 8;
/** What Probot falls back to when no secret is set: anybody could sign with it. */
const PROBOT_DEFAULT_SECRET = 'development';
const HEADER_MAX_CHARS = 100;

export interface IngestOptions {
  /** All of them verify, for rotation; at least one. */
  readonly secrets: readonly string[];
  readonly store: Pick<Store, 'deliveries'>;
  readonly doorbell: Doorbell;
  readonly log: Log;
  /** Called once for each request, with the status that it was answered. */
  readonly onAnswered?: (status: number) => void;
  readonly bodyTimeoutMs?: number;
  readonly storeTimeoutMs?: number;
}

const headersSchema = z.object({
  guid: z
    .string()
    .regex(/^[\w-]+$/)
    .max(HEADER_MAX_CHARS),
  event: z
    .string()
    .regex(/^[a-z0-9_]+$/)
    .max(HEADER_MAX_CHARS),
});

/** Throws ConfigError when a secret is missing, too short, or Probot's default. */
export function createIngest(options: IngestOptions): Hono {
  const secrets = checkedSecrets(options.secrets);
  const room = createRoom(ROOM_BYTES);
  const app = new Hono();
  app.post(WEBHOOK_PATH, async (c) => {
    const answer = await receive(c, options, secrets, room);
    options.onAnswered?.(answer.status);
    return answer;
  });
  return app;
}

/** At least one; throws ConfigError when one is missing, too short, or Probot's default. */
export function checkedSecrets(secrets: readonly string[]): readonly [string, ...string[]] {
  const remedy = 'Set WEBHOOK_SECRET to the secret of the GitHub App, at least 8 random characters.';
  const [first, ...others] = secrets;
  if (first === undefined) throw new ConfigError(`There is no webhook secret. ${remedy}`);
  for (const secret of secrets) {
    if (secret === PROBOT_DEFAULT_SECRET) {
      throw new ConfigError(
        `The webhook secret is "${PROBOT_DEFAULT_SECRET}", which everybody knows. ${remedy}`,
      );
    }
    if (secret.length < SECRET_MIN_CHARS) throw new ConfigError(`A webhook secret is too short. ${remedy}`);
  }
  return [first, ...others];
}

async function receive(
  c: Context,
  options: IngestOptions,
  secrets: readonly [string, ...string[]],
  room: Room,
): Promise<Response> {
  const read = readHeaders(c);
  if ('error' in read) return refuseUnread(c, read.status, read.error);
  const { guid, event, signature } = read;
  const check = checkSignature(signature, secrets);
  const timeoutMs = options.bodyTimeoutMs ?? BODY_TIMEOUT_MS;
  const limits = { maxBytes: BODY_MAX_BYTES, timeoutMs, room, onBytes: check.add };
  try {
    return await withBody(c.req.raw, limits, (body) => take(c, options, { guid, event, check, body }));
  } catch (error) {
    if (error instanceof BodyTooLargeError) return refuseUnread(c, 413, TOO_LARGE);
    if (error instanceof BodyTooSlowError) return refuseUnread(c, 408, 'the body did not arrive in time');
    if (error instanceof NoRoomError)
      return refuseUnread(c, 503, 'too many large bodies at once; redeliver it');
    throw error;
  }
}

/** What they say, or why the body need not be read. */
function readHeaders(
  c: Context,
):
  | { readonly guid: string; readonly event: string; readonly signature: string }
  | { readonly status: RefusalStatus; readonly error: string } {
  if (Number(c.req.header('content-length') ?? 0) > BODY_MAX_BYTES) return { status: 413, error: TOO_LARGE };
  if (!/^application\/json\s*(?:;|$)/i.test(c.req.header('content-type') ?? '')) {
    const error = 'the content type must be application/json: set it in the webhook of the App';
    return { status: 415, error };
  }
  const signature = c.req.header('x-hub-signature-256');
  const headers = headersSchema.safeParse({
    guid: c.req.header('x-github-delivery'),
    event: c.req.header('x-github-event'),
  });
  if (signature === undefined || !headers.success) {
    const error = 'X-GitHub-Delivery, X-GitHub-Event and X-Hub-Signature-256 are required';
    return { status: 400, error };
  }
  return { ...headers.data, signature };
}

interface Received {
  readonly guid: string;
  readonly event: string;
  readonly check: SignatureCheck;
  readonly body: Body;
}

async function take(
  c: Context,
  options: IngestOptions,
  { guid, event, check, body }: Received,
): Promise<Response> {
  if (body.bytes().length === 0) return refuse(c, 400, 'the body is empty');
  if (!check.matches())
    return refuse(c, 401, 'the signature does not match any webhook secret of this server');
  const payload = parsePayload(body);
  if ('unusable' in payload) {
    if (!payload.isTooDeep) return refuse(c, 400, payload.unusable);
    options.log.warn({ guid, event }, 'a signed delivery nests too deep and is not taken');
    return refuse(c, REFUSED_FOR_GOOD, `${payload.unusable}: it is not taken`);
  }
  const stored = await storeDelivery(options, { guid, event, payload, bodyHash: check.bodyHash() });
  if (stored === null) return refuse(c, 503, 'the delivery could not be stored; redeliver it');
  return c.json({ guid, state: stored }, 202);
}

/** Null when the database cannot take it: then GitHub shows a failed delivery, and recovery asks for it again. */
async function storeDelivery(
  options: IngestOptions,
  received: {
    readonly guid: string;
    readonly event: string;
    readonly payload: Payload;
    readonly bodyHash: string;
  },
): Promise<'received' | 'known' | null> {
  const { guid, event, payload, bodyHash } = received;
  try {
    const adding = options.store.deliveries.add({
      guid,
      event,
      action: payload.action,
      body: payload.body,
      bodyHash,
      installationId: payload.installationId,
      repository: payload.repository,
    });
    const added = await inTime(adding, options.storeTimeoutMs ?? STORE_TIMEOUT_MS);
    // It is stored: GitHub need not wait for a ring that the sweep makes good.
    if (added) void options.doorbell.ring([{ step: 'dispatch', guid }]);
    return added ? 'received' : 'known';
  } catch (error) {
    const transient = error instanceof TransientError;
    options.log.error(
      { guid, event, transient, error: errorMessage(error) },
      'a delivery could not be stored',
    );
    return null;
  }
}

async function inTime<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new TransientError(`the database did not take it within ${timeoutMs} ms`);
    timer = setTimeout(() => reject(error), timeoutMs);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
