/**
 * The hidden marker by which the crew recognises what it wrote itself. It stands at the very end of a body and is
 * worth something only in what our own App wrote: anyone can type it.
 */
import { createHash } from 'node:crypto';

const HASH_CHARS = 32;
const MARKER = /<!--\s*crew:[0-9a-f]{1,64}\s*-->/gi;
/** What stripping leaves when markers are nested in one another. */
const MARKER_START = /<!--(\s*)crew:/gi;

/** Who our App is on GitHub. */
export interface BotIdentity {
  /** `<slug>[bot]`. */
  readonly login: string;
  readonly appId: number;
  readonly slug: string;
}

/** Who wrote a comment, review or pull request, as the API tells it. */
export interface Authorship {
  readonly login: string | null;
  readonly type: string | null;
  /** `performed_via_github_app.id`; null where the API does not say. */
  readonly appId: number | null;
}

/** The marker of an effect's key: short, and tells nothing of the key. */
export function markerFor(key: string): string {
  return `<!-- crew:${createHash('sha256').update(key).digest('hex').slice(0, HASH_CHARS)} -->`;
}

/** Whether `body` ends with this key's marker. Ask `isOurs` as well. */
export function hasMarker(body: string, key: string): boolean {
  return body.trimEnd().endsWith(markerFor(key));
}

/** The body without any marker, so that no text which we are given can pass as another effect of ours. */
export function stripMarkers(body: string): string {
  return body.replace(MARKER, '').replace(MARKER_START, '<!--$1crew ').trimEnd();
}

/** Whether our own App wrote it. */
export function isOurs(author: Authorship, bot: BotIdentity): boolean {
  return author.appId === bot.appId || (author.type === 'Bot' && author.login === bot.login);
}
