/** GitHub's own example payloads, as `@octokit/webhooks-examples` publishes them. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const schema = z.array(z.object({ name: z.string(), examples: z.array(z.record(z.string(), z.unknown())) }));
const file = new URL(import.meta.resolve('@octokit/webhooks-examples'));

export interface WebhookExample {
  readonly event: string;
  readonly action: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
}

export const webhookExamples: readonly WebhookExample[] = schema
  .parse(JSON.parse(readFileSync(file, 'utf8')))
  .flatMap(({ name, examples }) =>
    examples.map((payload) => ({
      event: name,
      action: typeof payload.action === 'string' ? payload.action : null,
      payload,
    })),
  );

/** The first example of an event, as an App's installation 7 receives it. */
export function webhookExample(event: string, action: string | null): Readonly<Record<string, unknown>> {
  const found = webhookExamples.find((example) => example.event === event && example.action === action);
  if (found === undefined) throw new Error(`there is no example of ${event}.${action}`);
  return { ...found.payload, installation: { id: 7 } };
}
