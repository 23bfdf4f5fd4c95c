import type { IncomingMessage, ServerResponse } from 'node:http';

export interface PaymentEvent {
  readonly id: string;
  readonly kind: 'paid' | 'refunded';
  readonly orderId: string;
}

export interface Orders {
  markPaid(orderId: string): Promise<void>;
  markRefunded(orderId: string): Promise<void>;
}

const BODY_MAX_BYTES = 1_000_000;

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Left open, so that it can still be answered.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > BODY_MAX_BYTES) throw new RangeError('the body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
}
