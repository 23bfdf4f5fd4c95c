/** Keeps what fits of a configuration as it was written, so that one mistake costs one key and not the file. Pure. */
import type { z } from 'zod';
import { nearest } from './nearest.ts';
import { type ConfigProblem, isRecord, type LineOf, NO_KEYS } from './repo-config-yaml.ts';
import { TEXT_MAX_CHARS } from './review-config.ts';

export type Keys = Readonly<Record<string, z.ZodType>>;

export interface KnownKeys {
  readonly keys: Keys;
  /** Keys of `keys` that hold keys themselves. */
  readonly nested: Readonly<Record<string, Keys>>;
  /** What holds in place of a wrong value, as a sentence. */
  readonly until: string;
  readonly lineOf: LineOf;
  /** The problem of a key that is not among them; null: it is unknown like the rest. */
  readonly elsewhere?: (path: readonly string[]) => Pick<ConfigProblem, 'message' | 'remedy'> | null;
}

export interface KeptValues {
  readonly value: Record<string, unknown>;
  readonly problems: readonly ConfigProblem[];
}

/** Never throws. A key without a value is as good as left out. */
export function keepValid(value: Readonly<Record<string, unknown>>, known: KnownKeys): KeptValues {
  const problems: ConfigProblem[] = [];
  return { value: keepKeys(value, known.keys, [], problems, known), problems };
}

function keepKeys(
  value: Readonly<Record<string, unknown>>,
  keys: Keys,
  path: readonly string[],
  problems: ConfigProblem[],
  known: KnownKeys,
): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [key, given] of Object.entries(value)) {
    const at = [...path, key];
    const schema = Object.hasOwn(keys, key) ? keys[key] : undefined;
    const nested = path.length === 0 && Object.hasOwn(known.nested, key) ? known.nested[key] : undefined;
    if (schema === undefined) problems.push(strangeKey(at, Object.keys(keys), known));
    else if (given === null) continue;
    else if (nested !== undefined && isRecord(given)) {
      kept[key] = keepKeys(given, nested, at, problems, known);
    } else if (nested !== undefined) {
      problems.push(problemAt(at, at, NO_KEYS, schema, known));
    } else {
      const parsed = schema.safeParse(given);
      if (parsed.success) kept[key] = given;
      else problems.push(wrongValue(at, parsed.error, schema, known));
    }
  }
  return kept;
}

function strangeKey(path: readonly string[], keys: readonly string[], known: KnownKeys): ConfigProblem {
  const place = { line: known.lineOf(path), key: path.join('.').slice(0, TEXT_MAX_CHARS) };
  const elsewhere = known.elsewhere?.(path) ?? null;
  if (elsewhere !== null) return { ...place, ...elsewhere };
  const near = nearest(path.at(-1) ?? '', keys);
  return {
    ...place,
    message: 'is not a key of this file',
    remedy: near === null ? `use one of ${keys.join(', ')}, or remove it` : `did you mean ${near}?`,
  };
}

function wrongValue(
  path: readonly string[],
  error: z.ZodError,
  schema: z.ZodType,
  known: KnownKeys,
): ConfigProblem {
  const issue = error.issues[0];
  const message = (issue?.message ?? 'is not valid').replace(/^Invalid input: /, '');
  return problemAt(path, [...path, ...(issue?.path ?? [])], message, schema, known);
}

/** Of the value of `path`, at the line of `place`. */
function problemAt(
  path: readonly string[],
  place: readonly PropertyKey[],
  message: string,
  schema: z.ZodType,
  { lineOf, until }: KnownKeys,
): ConfigProblem {
  const remedy = `${schema.description ?? ''} ${until}`.trim();
  return { line: lineOf(place), key: path.join('.'), message, remedy };
}
