/**
 * The last look at what goes to GitHub. Texts were redacted before; what still holds a secret of ours cannot be sent without it
 * (a file, a branch, a label), and so is not sent at all.
 */
import type { Octokit } from '@octokit/rest';
import { UserError } from '../../core/errors.ts';
import { heldBackSecret } from '../../core/messages/check-words.ts';
import type { Fetch } from './bounded-fetch.ts';
import { NotSentError } from './refusal.ts';

/** What the clients need to know of secrets. */
export interface KnownSecrets {
  redact(text: string): string;
  /** `redact` for JSON, which stays JSON. */
  redactJson(text: string): string;
  learn(secret: string): void;
}

/** Of a request's options: how it is made, and not what it says. */
const NOT_SAID = new Set(['headers', 'request', 'mediaType', 'method', 'baseUrl']);
const DEPTH_MAX = 20;

export function guardRequests(octokit: Octokit, { redact }: KnownSecrets): void {
  octokit.hook.before('request', (options) => {
    for (const [name, value] of [...Object.entries(options), ...decodedContent(options)]) {
      if (NOT_SAID.has(name) || !holdsSecret(value, redact, 0)) continue;
      const cause = new NotSentError(`\`${name}\` holds a secret`);
      throw new UserError(heldBackSecret(`${options.method} ${options.url}`), { cause });
    }
  });
}

/** A file is sent encoded, and what is taken apart in it looks otherwise then. */
function decodedContent({
  content,
  encoding,
}: Readonly<Record<string, unknown>>): readonly [string, string][] {
  if (encoding !== 'base64' || typeof content !== 'string') return [];
  return [['content', Buffer.from(content, 'base64').toString('utf8')]];
}

function holdsSecret(value: unknown, redact: KnownSecrets['redact'], depth: number): boolean {
  if (typeof value === 'string') return redact(value) !== value;
  if (typeof value !== 'object' || value === null) return false;
  // What lies deeper than anything that we send is not looked at, and so not sent.
  if (depth === DEPTH_MAX) return true;
  return Object.values(value).some((item) => holdsSecret(item, redact, depth + 1));
}

/** Whatever we prove ourselves with is a secret from then on: the App's JWT, an installation's token. */
export function learningFetch(fetch: Fetch, { learn }: KnownSecrets): Fetch {
  return (input, init) => {
    const [, credential] = (new Headers(init?.headers).get('authorization') ?? '').split(' ');
    if (credential !== undefined) learn(credential);
    return fetch(input, init);
  };
}
