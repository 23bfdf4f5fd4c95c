/** Delivers a webhook as GitHub does, with a signature, and takes the time. */
import { createHmac, randomUUID } from 'node:crypto';

export interface Webhook {
  readonly event: string;
  /** As it is signed and sent. */
  readonly body: string;
  /** A new one unless said. */
  readonly guid?: string;
}

export interface WebhookAnswer {
  readonly guid: string;
  /** Null when there was none: no connection, or one that broke. */
  readonly status: number | null;
  readonly ms: number;
}

/** GitHub waits no longer. */
const TIMEOUT_MS = 10_000;

/** `crew`: where it listens. */
export async function postWebhook(
  crew: string,
  secret: string,
  { event, body, guid = randomUUID() }: Webhook,
): Promise<WebhookAnswer> {
  const startedMs = performance.now();
  const answer = await fetch(`${crew}/api/github/webhooks`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-delivery': guid,
      'x-github-event': event,
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => null);
  // Without its body read, the connection is not free for the next.
  await answer?.arrayBuffer().catch(() => null);
  return { guid, status: answer?.status ?? null, ms: performance.now() - startedMs };
}
