/** How a finding is recognised from push to push, and in the comment on GitHub that says it. Pure. */
import { createHash } from 'node:crypto';
import { withoutSpace } from './without-space.ts';

const HASH_CHARS = 16;
const AT_END = /<!-- crew-finding:([0-9a-f]{16}) -->\s*(?:<!-- crew:[0-9a-f]{1,64} -->\s*)?$/;

/**
 * Of what a finding is about, not of where it stands: the same when lines move, white space changes or its words are put
 * otherwise. `occurrence` tells the second of two that are otherwise alike apart (0 for the first).
 */
export function fingerprintOf(finding: {
  readonly path: string;
  readonly category: string;
  /** Text of the lines that it stands on, or its title where it stands on none. */
  readonly quote: string;
  readonly occurrence: number;
}): string {
  const parts = [
    finding.path,
    finding.category.trim().toLowerCase(),
    withoutSpace(finding.quote),
    String(finding.occurrence),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, HASH_CHARS);
}

/** Stands hidden at the very end of the finding's comment. Worth something only in what our own App wrote. */
export function fingerprintMarker(fingerprint: string): string {
  return `<!-- crew-finding:${fingerprint} -->`;
}

/** Null where the body does not end in a marker. */
export function fingerprintIn(body: string): string | null {
  return AT_END.exec(body)?.[1] ?? null;
}
