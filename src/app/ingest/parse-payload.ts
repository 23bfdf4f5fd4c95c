/** The payload of a webhook whose signature matched, within bounds that the database and the stack can bear. */
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';

type Payload = Readonly<Record<string, unknown>>;

/** Or what is wrong with it. The pieces are let go: a large body need not be there twice. */
export function parsePayload(pieces: Uint8Array[]): Payload | string {
  const body = Buffer.concat(pieces.splice(0));
  // Other bytes come out changed: what is parsed is what was signed.
  if (!isUtf8(body)) return 'the body is not UTF-8';
  try {
    const parsed = z.record(z.string(), z.unknown()).safeParse(JSON.parse(body.toString('utf8')));
    if (parsed.success) return parsed.data;
  } catch {
    // Said below.
  }
  return 'the body is not a JSON object';
}

export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}
