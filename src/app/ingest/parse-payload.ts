/** The payload of a webhook whose signature matched, within bounds that the database and the stack can bear. */
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import type { Body } from './read-body.ts';

/** GitHub's own payloads nest about ten deep; PostgreSQL refuses some thousands. */
const NESTING_MAX = 100;

/** What is stored of it. What it was parsed to is not kept: of a large one that would be its memory again. */
export interface Payload {
  /** JSON text of an object, as it was signed. */
  readonly body: string;
  readonly action: string | null;
  readonly installationId: number | null;
  /** `owner/name`. */
  readonly repository: string | null;
}

export interface UnusablePayload {
  /** What is wrong with it. */
  readonly unusable: string;
  /** It nests deeper than `NESTING_MAX`. */
  readonly isTooDeep: boolean;
}

const namesSchema = z.object({
  action: z.string().nullish().catch(null),
  installation: z.object({ id: z.int() }).nullish().catch(null),
  repository: z.object({ full_name: z.string() }).nullish().catch(null),
});

/** Or what is wrong with it. The bytes are let go: a large body need not be there twice. */
export function parsePayload(received: Body): Payload | UnusablePayload {
  const bytes = received.bytes();
  // Other bytes come out changed: what is parsed is what was signed.
  if (!isUtf8(bytes)) return { unusable: 'the body is not UTF-8', isTooDeep: false };
  // Before it is parsed: a million levels take ten times their bytes.
  if (isDeeperThan(bytes, NESTING_MAX)) {
    return { unusable: `the payload nests deeper than ${NESTING_MAX} levels`, isTooDeep: true };
  }
  const body = bytes.toString('utf8');
  received.letGo();
  const payload = parsed(body);
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return { unusable: 'the body is not a JSON object', isTooDeep: false };
  }
  const names = namesSchema.parse(payload);
  return {
    body,
    action: names.action ?? null,
    installationId: names.installation?.id ?? null,
    repository: names.repository?.full_name ?? null,
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** A bracket and a brace differ in one bit. */
const BRACE_BIT = 0x20;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** Counted in the text, also in what a later key of the same name replaces. What is no JSON may be refused for it as well. */
function isDeeperThan(json: Buffer, levels: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at] ?? 0;
    if (byte === QUOTE) inString = !inString;
    else if (inString) at += byte === BACKSLASH ? 1 : 0;
    else if ((byte | BRACE_BIT) === OPENING_BRACE) depth += 1;
    else if ((byte | BRACE_BIT) === CLOSING_BRACE) depth -= 1;
    if (depth > levels) return true;
  }
  return false;
}
