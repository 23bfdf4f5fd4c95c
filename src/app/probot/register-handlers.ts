/** Joins the handlers' folder with Probot, and Probot's calls with the delivery that they belong to. */
import type { EmitterWebhookEvent } from '@octokit/webhooks';
import type { Probot } from 'probot';
import type { Decision } from '../../core/change.ts';
import { parseEvent } from '../../core/parse-event.ts';
import type { Delivery } from '../../core/records.ts';
import type { Desk } from '../ingest/desk.ts';
import { loadFolder } from '../load-folder.ts';
import type { Handler } from './handler.ts';

export interface Inbox {
  /** What the handlers decided; empty when none handles this event. Throws what they threw, gathered in AggregateError. */
  receive(delivery: Delivery): Promise<readonly Decision[]>;
}

export async function registerHandlers(probot: Probot, desk: Desk): Promise<Inbox> {
  const handlers = await loadFolder(new URL('../handlers/', import.meta.url), 'handler', isHandler);
  /** Of the deliveries that Probot has in hand now; a handler's answer goes to the delivery that it was called for. */
  const inHand = new Map<string, { readonly delivery: Delivery; readonly decisions: Decision[] }>();
  await probot.ready();
  for (const handler of handlers) {
    probot.on([...handler.on], async ({ id }) => {
      const entry = inHand.get(id);
      if (entry === undefined) return;
      const { event, action, payload } = entry.delivery;
      entry.decisions.push(...(await handler.handle(parseEvent(event, action, payload), desk)));
    });
  }
  return {
    receive: async (delivery) => {
      const entry = { delivery, decisions: [] as Decision[] };
      inHand.set(delivery.guid, entry);
      try {
        await probot.receive(webhookOf(delivery));
        return entry.decisions;
      } finally {
        inHand.delete(delivery.guid);
      }
    },
  };
}

/** Probot types an event by its name; ours is only known at run time, and is parsed by `parseEvent` before use. */
function webhookOf({ guid, event, payload }: Delivery): EmitterWebhookEvent {
  return { id: guid, name: event, payload } as EmitterWebhookEvent;
}

function isHandler(value: unknown): value is Handler {
  return value instanceof Object && 'on' in value && Array.isArray(value.on) && 'handle' in value;
}
