/** Requests to the webhook route that are wrong in all ways but size, each with the answer that it must get. */
import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { CrewParts } from '../../support/crew-parts.ts';
import { webhookExample } from '../../support/webhook-examples.ts';

const ATTEMPTS = 30;
const BETWEEN_ATTEMPTS_MS = 200;

export function routeOf({ url }: Pick<CrewParts, 'url'>): string {
  return `${url}/api/github/webhooks`;
}

/** Headers as GitHub sends them; the signature is over `body`. */
export function headersFor(secret: string, event: string, body: string, guid: string = randomUUID()) {
  return {
    'content-type': 'application/json',
    'x-github-delivery': guid,
    'x-github-event': event,
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
}

interface Wrong {
  readonly what: string;
  readonly wanted: number;
  readonly got: number;
}

/** Each with the answer that it must get; what is signed and can be read is taken, and decided upon. */
export async function wrongRequests(crew: CrewParts, depth: number): Promise<readonly Wrong[]> {
  const { webhookSecret } = crew;
  const send = async (
    what: string,
    wanted: number,
    body: string,
    over: Record<string, string> = {},
    event = 'issues',
  ) => {
    const headers = { ...headersFor(webhookSecret, event, body), ...over };
    for (let attempt = 1; ; attempt += 1) {
      const answer = await fetch(routeOf(crew), { method: 'POST', headers, body });
      await answer.arrayBuffer();
      // There may be no room yet, or a database that is late: whoever is told so sends again.
      if (answer.status !== 503 || attempt === ATTEMPTS) return { what, wanted, got: answer.status };
      await delay(BETWEEN_ATTEMPTS_MS);
    }
  };
  const opened = webhookExample('issues', 'opened');
  const synchronized = webhookExample('pull_request', 'synchronize') as { pull_request: { head: object } };
  const { pull_request: pull } = synchronized;
  const fits = JSON.stringify(opened);
  const signed = (what: string, payload: object, event = 'issues') =>
    send(what, 202, JSON.stringify(payload), {}, event);
  return Promise.all([
    send('deep lists', 422, `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`),
    send('deep objects', 422, `{"a":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`),
    send('deep and unsigned', 401, '['.repeat(depth), { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }),
    send('no JSON', 400, '{"action":'),
    send('no object', 400, '[1,2,3]'),
    send('nothing', 400, ''),
    send('a form', 415, `payload=${encodeURIComponent(fits)}`, {
      'content-type': 'application/x-www-form-urlencoded',
    }),
    send('text', 415, fits, { 'content-type': 'text/plain' }),
    send('another secret', 401, fits, headersFor('another secret', 'issues', fits)),
    send('a signature that is none', 401, fits, { 'x-hub-signature-256': 'none' }),
    send('no name of an event', 400, fits, { 'x-github-event': '../../etc' }),
    send('no GUID', 400, fits, { 'x-github-delivery': 'a b' }),
    send('a GUID that never ends', 400, fits, { 'x-github-delivery': 'a'.repeat(5_000) }),
    signed('no sender', { ...opened, sender: null }),
    signed('no installation', { ...opened, installation: null }),
    signed('no repository', { ...opened, repository: null }),
    signed(
      'no repository of the head',
      { ...synchronized, pull_request: { ...pull, head: { ...pull.head, repo: null } } },
      'pull_request',
    ),
    signed('no head', { ...synchronized, pull_request: { ...pull, head: null } }, 'pull_request'),
    signed('another kind of everything', {
      action: 7,
      issue: 'x',
      repository: [],
      installation: 'y',
      sender: 0,
    }),
    signed('an unknown event', { ...opened, action: 'dreamed' }, 'dream'),
    signed('an unknown action', { ...opened, action: 'dreamed' }),
    signed(
      'the name of a prototype',
      JSON.parse(`{"__proto__":{"action":"opened"},"constructor":{},"action":"toString"}`),
    ),
    signed('what no database takes', { ...opened, text: '\u0000 \ud800' }),
    signed('numbers without end', { ...opened, installation: { id: 1e308 }, repository: { id: -1 } }),
    signed('an installation beyond all', { ...opened, installation: { id: Number.MAX_SAFE_INTEGER } }),
    signed(
      'very many names',
      Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`name-${at}`, at])),
    ),
  ]);
}
