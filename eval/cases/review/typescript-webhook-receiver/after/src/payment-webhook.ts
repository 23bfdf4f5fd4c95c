import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { isSigned } from './signature.ts';
import { answer, type Orders, type PaymentEvent, readBody } from './webhooks.ts';

const eventSchema = z.object({
  id: z.string().min(1).max(100),
  kind: z.enum(['paid', 'refunded']),
  orderId: z.string().min(1).max(100),
});

/** Which events were handled; shared by all processes. */
export interface SeenEvents {
  /** False when it was there already. */
  add(id: string): Promise<boolean>;
}

export interface WebhookParts {
  readonly orders: Orders;
  readonly seen: SeenEvents;
  readonly secret: string;
  readonly now: () => Date;
}

/** The payment provider sends an event again while it gets no answer, or one of 500 and above. */
export function paymentWebhook(parts: WebhookParts) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body: Buffer;
    try {
      body = await readBody(request);
    } catch (error) {
      if (error instanceof RangeError) return answer(response, 413, 'too large');
      return answer(response, 400, 'the body broke off');
    }
    const header = request.headers['x-payment-signature'];
    const nowSeconds = Math.floor(parts.now().getTime() / 1000);
    if (!isSigned(typeof header === 'string' ? header : undefined, body, parts.secret, nowSeconds)) {
      return answer(response, 401, 'the signature is wrong');
    }
    const event = parseEvent(body);
    if (event === null) return answer(response, 400, 'no event of ours');
    try {
      if (!(await parts.seen.add(event.id))) return answer(response, 200, 'seen before');
      await handle(parts.orders, event);
    } catch {
      return answer(response, 500, 'try again');
    }
    answer(response, 200, 'done');
  };
}

function parseEvent(body: Buffer): PaymentEvent | null {
  try {
    const parsed = eventSchema.safeParse(JSON.parse(body.toString('utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

async function handle(orders: Orders, event: PaymentEvent): Promise<void> {
  switch (event.kind) {
    case 'paid':
      return orders.markPaid(event.orderId);
    case 'refunded':
      return orders.markRefunded(event.orderId);
  }
}
