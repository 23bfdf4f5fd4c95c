/** The payload of a webhook whose signature matched, within bounds that the database and the stack can bear. */
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import type { Body } from './read-body.ts';

/** GitHub's own payloads nest about ten deep; PostgreSQL refuses some thousands. */
export const NESTING_MAX = 100;

/** What is stored of it. What it was parsed to is not kept: of a large one that would be its memory again. */
export interface Payload {
  /** JSON text of an object, as it was signed. */
  readonly body: string;
  readonly action: string | null;
  readonly installationId: number | null;
  /** `owner/name`. */
  readonly repository: string | null;
  /** It nests deeper than `NESTING_MAX`. */
  readonly isTooDeep: boolean;
}

const namesSchema = z.object({
  action: z.string().nullish().catch(null),
  installation: z.object({ id: z.int() }).nullish().catch(null),
  repository: z.object({ full_name: z.string() }).nullish().catch(null),
});

/** Or what is wrong with it. The bytes are let go: a large body need not be there twice. */
export function parsePayload(received: Body): Payload | string {
  const bytes = received.bytes();
  // Other bytes come out changed: what is parsed is what was signed.
  if (!isUtf8(bytes)) return 'the body is not UTF-8';
  const body = bytes.toString('utf8');
  received.letGo();
  const payload = parsed(body);
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return 'the body is not a JSON object';
  }
  const names = namesSchema.parse(payload);
  return {
    body,
    action: names.action ?? null,
    installationId: names.installation?.id ?? null,
    repository: names.repository?.full_name ?? null,
    isTooDeep: isDeeperThan(payload, NESTING_MAX),
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}
