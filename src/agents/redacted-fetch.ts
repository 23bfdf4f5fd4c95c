/** What the model is sent holds no secret of ours, however an agent came by it: the model's own words come back to it without them too. */

type Fetch = typeof globalThis.fetch;

/** `redact` takes secrets out of a text, and leaves JSON what it is. */
export function redactedFetch(redact: (text: string) => string, fetch: Fetch = globalThis.fetch): Fetch {
  return (input, init) =>
    typeof init?.body === 'string' ? fetch(input, { ...init, body: redact(init.body) }) : fetch(input, init);
}
