/** Fills a script's values with what was taken from the request: `{{ name.key }}`, `$at`, `$if`, `$first`, `$each`. */
import { z } from 'zod';
import { ScriptFailure } from './script-failure.ts';

/** A taken value: text, an object of named parts, or several of them; null when it was optional and not there. */
export type Taken = Parts | readonly Parts[] | string | null;
export type Parts = Readonly<Record<string, unknown>>;
export type Scope = ReadonlyMap<string, Taken>;

const MAX_DEPTH = 30;
const HOLE = /\{\{\s*([a-z][a-z0-9_.]*)\s*\}\}/g;
const ONLY_HOLE = /^\{\{\s*([a-z][a-z0-9_.]*)\s*\}\}$/;
const LEFT_OUT = Symbol('left out');

export function fillIn(value: unknown, scope: Scope): unknown {
  const filled = fill(value, scope, 0);
  if (filled === LEFT_OUT)
    throw new ScriptFailure('the whole value depends on something optional that was not sent');
  return filled;
}

function fill(value: unknown, scope: Scope, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new ScriptFailure(`a value is nested deeper than ${MAX_DEPTH}`);
  if (typeof value === 'string') return fillText(value, scope);
  if (Array.isArray(value)) {
    return value.map((item) => fill(item, scope, depth + 1)).filter((item) => item !== LEFT_OUT);
  }
  if (typeof value !== 'object' || value === null) return value;
  return fillObject({ ...value }, scope, depth);
}

/** One value for each item of a list, which it names `item`; the first exception whose `title` matches the item's takes its place. */
const eachSchema = z.strictObject({
  $each: z.string(),
  $value: z.unknown(),
  $except: z
    .array(z.strictObject({ title: z.string(), unless: z.string().optional(), $value: z.unknown() }))
    .default([]),
});

function fillEach(value: unknown, scope: Scope, depth: number): unknown {
  const { $each, $value, $except } = eachSchema.parse(value);
  const items = scope.get($each);
  if (!Array.isArray(items)) throw new ScriptFailure(`$each: "${$each}" is no list in what was sent`);
  return items.map((item: Parts) => {
    const other = $except.find(
      ({ title, unless }) =>
        new RegExp(title).test(String(item.title)) && (unless === undefined || isMissing(unless, scope)),
    );
    return fill(other?.$value ?? $value, new Map([...scope, ['item', item]]), depth + 1);
  });
}

function isMissing(name: string, scope: Scope): boolean {
  if (!scope.has(name)) throw new ScriptFailure(`"${name}" is not taken from anything`);
  return scope.get(name) === null;
}

/**
 * `$at: name` merges a place of the diff in; `$if: name` keeps the object only when the name was taken; `$value` stands
 * for the object; `$first` is the first of its items that is not left out.
 */
function fillObject(value: Record<string, unknown>, scope: Scope, depth: number): unknown {
  if ('$each' in value) return fillEach(value, scope, depth);
  const { $at, $if, $value, $first, ...rest } = value;
  const needed = [$at, $if].filter((name) => name !== undefined).map(String);
  if (needed.some((name) => isMissing(name, scope))) return LEFT_OUT;
  if ($value !== undefined) return fill($value, scope, depth + 1);
  if (Array.isArray($first)) {
    return $first.map((item) => fill(item, scope, depth + 1)).find((item) => item !== LEFT_OUT) ?? LEFT_OUT;
  }
  const filled = Object.fromEntries(
    Object.entries(rest).map(([key, inner]) => [key, fill(inner, scope, depth + 1)] as const),
  );
  if ($at === undefined) return filled;
  const place = scope.get(String($at));
  if (typeof place !== 'object' || place === null || !('path' in place)) {
    throw new ScriptFailure(`$at: "${String($at)}" is no place in the diff`);
  }
  const { path, side, start_line, line } = place;
  return { path, side, start_line, line, ...filled };
}

function fillText(text: string, scope: Scope): unknown {
  const only = ONLY_HOLE.exec(text)?.[1];
  if (only !== undefined) return lookUp(only, scope);
  return text.replace(HOLE, (_, name: string) => String(lookUp(name, scope)));
}

function lookUp(name: string, scope: Scope): unknown {
  const whole = scope.get(name);
  if (typeof whole === 'string') return whole;
  const [first = '', ...rest] = name.split('.');
  const taken = scope.get(first);
  if (taken === undefined || taken === null)
    throw new ScriptFailure(`"{{ ${name} }}" is not in what was sent`);
  if (isList(taken)) throw new ScriptFailure(`"{{ ${name} }}": "${first}" is a list; use $each`);
  if (typeof taken === 'string') {
    if (rest.length > 0) throw new ScriptFailure(`"{{ ${name} }}": "${first}" is text and has no parts`);
    return taken;
  }
  const part = taken[rest.join('.') || 'text'];
  if (part === undefined) throw new ScriptFailure(`"{{ ${name} }}" is not in what was sent`);
  return part;
}

function isList(taken: Taken): taken is readonly Parts[] {
  return Array.isArray(taken);
}
