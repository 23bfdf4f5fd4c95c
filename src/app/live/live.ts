/**
 * The live view of a task, for whoever has its link: its state as a page, and its events as they come. Read-only, redacted like
 * what goes to GitHub, and bounded; without the right key nothing is looked up and nothing is told. A link holds until some time
 * after its task's end, and as long as whoever could read it where it stands still can.
 */
import { type Context, Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { isLiveKey } from '../../core/live-link.ts';
import { liveView } from '../../core/messages/live.ts';
import type { Clock, EventBus, Log } from '../../core/ports.ts';
import type { Redactor } from '../../core/redact.ts';
import type { Store } from '../../core/store-ports.ts';
import { allowedRate } from '../allowed-rate.ts';
import { SCRIPT, SCRIPT_PATH, STYLE, STYLE_PATH } from './live-assets.ts';
import { livePage } from './live-page.ts';
import { sendEvents } from './send-events.ts';
import { shownTask } from './shown-task.ts';

/** Of one process. */
const STREAMS_MAX = 100;
/** Nobody's link takes all of them. */
const STREAMS_OF_TASK_MAX = 25;
const PAGES_AT_ONCE = 8;
/** Of one task, in one process: each reader's page asks once a second at most. */
const PAGES_PER_MINUTE = 600;
const STREAMS_PER_MINUTE = 100;
const RETRY_AFTER_SECONDS = 10;
const TASK_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const CONTENT_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export interface LiveOptions {
  readonly store: Pick<Store, 'tasks' | 'events'>;
  readonly bus: Pick<EventBus, 'subscribe'>;
  readonly redactor: Pick<Redactor, 'redactAll' | 'redactAllDeep'>;
  readonly webhookSecrets: readonly string[];
  /** GitHub's pages. */
  readonly webUrl: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends all streams. */
  readonly signal: AbortSignal;
}

export function createLive(options: LiveOptions): Hono {
  const streams: string[] = [];
  let pages = 0;
  const pageRate = allowedRate(PAGES_PER_MINUTE);
  const streamRate = allowedRate(STREAMS_PER_MINUTE);
  const app = new Hono();
  app.use('/tasks/*', async (c, next) => {
    c.header('Content-Security-Policy', CONTENT_POLICY);
    await next();
  });
  app.get(STYLE_PATH, (c) => c.body(STYLE, 200, { 'Content-Type': 'text/css; charset=utf-8' }));
  app.get(SCRIPT_PATH, (c) => c.body(SCRIPT, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }));
  app.get('/tasks/:id', async (c) => {
    const id = keyedId(c, options);
    if (id === null) return c.notFound();
    const waitSeconds = await pageRate(id);
    if (waitSeconds !== null) return tooMany(c, 429, waitSeconds);
    if (pages >= PAGES_AT_ONCE) return tooMany(c, 503);
    pages += 1;
    try {
      return (await shownTask(options, id)) === null ? c.notFound() : await showPage(c, options, id);
    } finally {
      pages -= 1;
    }
  });
  app.get('/tasks/:id/events', async (c) => {
    const id = keyedId(c, options);
    if (id === null) return c.notFound();
    const waitSeconds = await streamRate(id);
    if (waitSeconds !== null) return tooMany(c, 429, waitSeconds);
    if ((await shownTask(options, id)) === null) return c.notFound();
    const own = streams.filter((one) => one === id).length;
    if (streams.length >= STREAMS_MAX || own >= STREAMS_OF_TASK_MAX) return tooMany(c, 503);
    // Nobody reads the body of an answer to HEAD: a stream would go on by itself.
    if (c.req.method === 'HEAD') return c.body(null, 200, { 'Content-Type': 'text/event-stream' });
    streams.push(id);
    return streamSSE(c, async (stream) => {
      try {
        await sendEvents(options, id, lastEventId(c), stream);
      } finally {
        streams.splice(streams.indexOf(id), 1);
      }
    });
  });
  return app;
}

/** Null when the link is wrong in any way: nobody learns which. */
function keyedId(c: Context, { webhookSecrets }: LiveOptions): string | null {
  const id = c.req.param('id') ?? '';
  if (!TASK_ID.test(id)) return null;
  return isLiveKey(c.req.query('key') ?? '', webhookSecrets, id) ? id : null;
}

async function showPage(c: Context, options: LiveOptions, id: string): Promise<Response> {
  const { store, redactor, clock, webUrl } = options;
  const records = await store.tasks.records(id);
  if (records === null) return c.notFound();
  const view = await redactor.redactAllDeep(liveView(records, clock.now(), webUrl));
  const events = `/tasks/${id}/events?key=${encodeURIComponent(c.req.query('key') ?? '')}`;
  return c.html(livePage(view, { style: STYLE_PATH, script: SCRIPT_PATH, events }));
}

function tooMany(c: Context, status: 429 | 503, waitSeconds = RETRY_AFTER_SECONDS): Response {
  return c.text('Too many are watching just now. Try again in a moment.', status, {
    'Retry-After': String(waitSeconds),
  });
}

/** Where the browser's stream broke off. */
function lastEventId(c: Context): number {
  const given = c.req.header('Last-Event-ID') ?? '';
  return /^\d{1,15}$/.test(given) ? Number(given) : 0;
}
