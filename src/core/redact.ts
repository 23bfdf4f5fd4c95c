// Takes secrets out of text before it is stored or leaves: our own by their values, however they are written, taken apart or
// cut off (`redact/`), and anyone's by their shape (secretlint's recommended rules).
import { lintSource } from '@secretlint/core';
import { secretLintProfiler } from '@secretlint/profiler';
import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import { blankEscapes } from './redact/blank-escapes.ts';
import { spansOfShapes } from './redact/shapes.ts';
import { createSieve, type Span } from './redact/sieve.ts';

/** A shorter value is no secret: it would take ordinary words out of every text. */
const SECRET_MIN_CHARS = 8;

/** Deepest nesting of a value that is redacted; what lies deeper is left out, never let through. */
const DEPTH_MAX = 64;

/** The rules are regular expressions: a long text is scanned in pieces of this size. */
const SCAN_MAX_CHARS = 500_000;
/** Pieces overlap, so that no secret hides at a seam. A private key has about 3,300 characters. */
const SCAN_OVERLAP_CHARS = 8_000;

/** Without the one that lets a text itself say where nothing is to be found, in comments of its own. */
const RULES = rules
  .filter(({ meta }) => !meta.id.endsWith('-filter-comments'))
  .map((rule) => ({ id: rule.meta.id, rule }));

// It keeps a hundred marks of each scan for as long as the process lives.
secretLintProfiler.setEnabled(false);

/** Short-lived ones that are known at once; the oldest are forgotten. */
const LEARNED_MAX = 1_000;

const REDACTED = '[redacted]';

export interface FoundSecret {
  /** Such as `github` or `aws`. */
  readonly kind: string;
  /** Offsets into the text; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

export interface Redactor {
  /** Without our own secrets. */
  redact(text: string): string;
  /** A copy with every string redacted, keys included. */
  redactDeep<T>(value: T): T;
  /** `redact` for JSON as text, which stays JSON. */
  redactJson(text: string): string;
  /** The same; of a text of megabytes it takes seconds, in which others have their turn. */
  redactJsonInTurns(text: string): Promise<string>;
  /** Without our own secrets and credentials of the kinds that we handle: for a log, which cannot wait. */
  redactLine(line: string): string;
  /** What looks like a secret, whoever's it is. */
  findSecrets(text: string): Promise<readonly FoundSecret[]>;
  /** Without our own secrets and without what looks like one: for text that leaves. */
  redactAll(text: string): Promise<string>;
  /** `redactAll` for every string of a value. */
  redactAllDeep<T>(value: T): Promise<T>;
  /** One more secret of ours, such as a token that was just minted. */
  learn(secret: string): void;
}

/** `secrets` are the values that must never be shown: keys, tokens, passwords. */
export function createRedactor(options: { readonly secrets: readonly string[] }): Redactor {
  const values = options.secrets.map((secret) => secret.trim()).filter(isLongEnough);
  const exact = [...new Set(values.flatMap(formsOf))];
  const sieve = createSieve();
  for (const value of new Set(values)) sieve.add(value);
  const learned = new Set<string>();

  const own = (text: string): readonly Span[] => [...placesOf(exact, text), ...sieve.find(text)];
  const redact = (text: string): string => cutOut(text, own(text));
  const redactDeep = <T>(value: T): T => redactValue(value, redact, 0) as T;
  const redactAll = async (text: string): Promise<string> => {
    const ours = joined(own(text));
    const theirs = await findSecrets(text);
    // What is cut out as our own may take a part of a neighbour along, or have hidden one: rules go by what stands around.
    const left = ours.length === 0 ? [] : await findSecrets(cutOut(text, ours));
    return cutOut(text, [...ours, ...theirs, ...left.map((span) => beforeCut(span, ours))]);
  };
  const leftJson = (clean: string, text: string): string =>
    clean === text || isJson(clean) || !isJson(text) ? clean : JSON.stringify(redactDeep(JSON.parse(text)));
  return {
    redact,
    redactDeep,
    redactJson: (text) => leftJson(redact(text), text),
    async redactJsonInTurns(text) {
      const found = [...placesOf(exact, text), ...(await sieve.findInTurns(text))];
      return leftJson(cutOut(text, found), text);
    },
    redactLine: (line) => cutOut(line, [...own(line), ...spansOfShapes(line)]),
    findSecrets,
    redactAll,
    redactAllDeep: async <T>(value: T): Promise<T> => {
      const clean = new Map<string, string>();
      for (const text of stringsOf(value, 0)) clean.set(text, await redactAll(text));
      return redactValue(value, (text) => clean.get(text) ?? REDACTED, 0) as T;
    },
    learn(secret) {
      if (!isLongEnough(secret) || values.includes(secret)) return;
      // Set anew, it is the youngest.
      learned.delete(secret);
      learned.add(secret);
      sieve.add(secret);
      const [oldest] = learned;
      if (learned.size <= LEARNED_MAX || oldest === undefined) return;
      learned.delete(oldest);
      sieve.remove(oldest);
    },
  };
}

function isLongEnough({ length }: string): boolean {
  return length >= SECRET_MIN_CHARS;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What looks like a secret in the text, in order and without overlaps. */
export async function findSecrets(text: string): Promise<readonly FoundSecret[]> {
  const found: FoundSecret[] = [];
  for (let from = 0; from === 0 || from < text.length; from += SCAN_MAX_CHARS) {
    const piece = text.slice(from, from + SCAN_MAX_CHARS + SCAN_OVERLAP_CHARS);
    for (const one of new Set([piece, blankEscapes(piece)])) {
      for (const { kind, start, end } of await scan(one)) {
        found.push({ kind, start: start + from, end: end + from });
      }
    }
  }
  return merged(found);
}

async function scan(content: string): Promise<readonly FoundSecret[]> {
  const result = await lintSource({
    source: { filePath: 'text.txt', content, contentType: 'text', ext: '.txt' },
    options: { noPhysicFilePath: true, config: { rules: RULES } },
  });
  return result.messages.map(({ ruleId, range, data }) => ({
    kind: ruleId.replace(/^.*secretlint-rule-/, ''),
    ...placeOf(content, { start: range[0], end: range[1] }, data),
  }));
}

/** Of a secret behind its name, secretlint 13's rule of aws tells where the name begins, and how long the secret is. */
function placeOf(content: string, told: Span, data: object | undefined): Span {
  const length = told.end - told.start;
  const value = Object.values(data ?? {}).find((one) => typeof one === 'string' && one.length === length);
  const start = typeof value === 'string' ? content.indexOf(value, told.start) : -1;
  return start === -1 ? told : { start, end: start + length };
}

/** A value as it may turn up: as it is, base64 at each of the three offsets, base64url, URL-encoded, hex, in JSON. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64url');
    // The first and the last characters also encode bits of the neighbours.
    const skipped = Math.ceil((offset * 8) / 6);
    const core = text.slice(skipped, Math.floor(((offset + bytes.length) * 8) / 6));
    return [core, core.replaceAll('-', '+').replaceAll('_', '/')];
  });
  const quoted = JSON.stringify(secret).slice(1, -1);
  const forms = [
    secret,
    quoted,
    encodeURIComponent(secret.toWellFormed()),
    hex,
    hex.toUpperCase(),
    ...base64,
  ];
  return forms.filter(({ length }) => length >= SECRET_MIN_CHARS);
}

/** A few values are looked for faster one by one than by a pattern of all. */
function placesOf(forms: readonly string[], text: string): readonly Span[] {
  const found: Span[] = [];
  for (const form of forms) {
    for (let start = text.indexOf(form); start !== -1; start = text.indexOf(form, start + form.length)) {
      found.push({ start, end: start + form.length });
    }
  }
  return found;
}

function redactValue(value: unknown, redact: (text: string) => string, depth: number): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return REDACTED;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, redact, depth + 1));
  const entries = Object.entries(value).map(([key, item]) => [
    redact(key),
    redactValue(item, redact, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

function stringsOf(value: unknown, depth: number): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || depth >= DEPTH_MAX) return [];
  if (Array.isArray(value)) return value.flatMap((item) => stringsOf(item, depth + 1));
  return Object.entries(value).flatMap(([key, item]) => [key, ...stringsOf(item, depth + 1)]);
}

function merged(found: readonly FoundSecret[]): readonly FoundSecret[] {
  const result: FoundSecret[] = [];
  for (const next of found.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = result.at(-1);
    if (last === undefined || next.start >= last.end) result.push(next);
    else result[result.length - 1] = { ...last, end: Math.max(last.end, next.end) };
  }
  return result;
}

function cutOut(text: string, found: readonly Span[]): string {
  if (found.length === 0) return text;
  let rest = 0;
  let kept = '';
  for (const { start, end } of joined(found)) {
    kept += text.slice(rest, start) + REDACTED;
    rest = end;
  }
  return kept + text.slice(rest);
}

/** Where a place in what is left after `cutOut` is in the text; of what was cut out all is meant. */
function beforeCut({ start, end }: Span, cut: readonly Span[]): Span {
  let [from, to] = [start, end];
  for (const { start: begin, end: after } of cut) {
    const grown = after - begin - REDACTED.length;
    if (from >= begin + REDACTED.length) from += grown;
    else if (from > begin) from = begin;
    if (to > begin) to = Math.max(to + grown, after);
  }
  return { start: from, end: to };
}

/** In order; those that overlap or touch are one. */
function joined(spans: readonly Span[]): readonly Span[] {
  const result: Span[] = [];
  for (const next of spans.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last === undefined || next.start > last.end) result.push(next);
    else result[result.length - 1] = { start: last.start, end: Math.max(last.end, next.end) };
  }
  return result;
}
