/** How the webhook route says no, so that the sender hears it. */
import type { Context } from 'hono';
import { SMALL_BYTES } from './read-body.ts';

export type RefusalStatus = 400 | 401 | 408 | 413 | 415 | 422 | 503;

/** A sender that is refused before it has sent everything hears why if it listens within that time. */
const LINGER_MS = 2_000;

export function refuse(c: Context, status: RefusalStatus, error: string): Response {
  return c.json({ error }, status);
}

/**
 * Of a body that is left unread. A connection that is closed then is reset, and what was answered is lost with it: so the
 * answer's end waits, but not its text, whose length is told. The rest of the body stays where it is, in the sender. Of a
 * small one the HTTP server reads the rest by itself.
 */
export function refuseUnread(c: Context, status: RefusalStatus, error: string): Response {
  const announced = Number(c.req.header('content-length') ?? Number.POSITIVE_INFINITY);
  const isSmall = announced <= SMALL_BYTES;
  // Nobody waits for the rest of what comes too slowly.
  if (!isSmall || status === 408) c.header('connection', 'close');
  if (isSmall) return refuse(c, status, error);
  const text = new TextEncoder().encode(JSON.stringify({ error }));
  let timer: NodeJS.Timeout | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(text);
      timer = setTimeout(() => controller.close(), LINGER_MS);
    },
    // To close what is cancelled would throw where nobody catches it.
    cancel: () => clearTimeout(timer),
  });
  const headers = { 'content-type': 'application/json', 'content-length': String(text.byteLength) };
  return c.body(body, status, headers);
}
