/** Fills a script's values with what was taken from the request: `{{ name.key }}`, `$at`, `$if`, `$first`. */
import { ScriptFailure } from './script-failure.ts';

/** A taken value: text, or an object of named parts; null when it was optional and not there. */
export type Taken = Readonly<Record<string, unknown>> | string | null;
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

/**
 * `$at: name` merges a place of the diff in; `$if: name` keeps the object only when the name was taken; `$value` stands
 * for the object; `$first` is the first of its items that is not left out.
 */
function fillObject(value: Record<string, unknown>, scope: Scope, depth: number): unknown {
  const { $at, $if, $value, $first, ...rest } = value;
  const needed = [$at, $if].filter((name) => name !== undefined).map(String);
  for (const name of needed) {
    if (!scope.has(name)) throw new ScriptFailure(`"${name}" is not taken from anything`);
    if (scope.get(name) === null) return LEFT_OUT;
  }
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
  if (typeof taken === 'string') {
    if (rest.length > 0) throw new ScriptFailure(`"{{ ${name} }}": "${first}" is text and has no parts`);
    return taken;
  }
  const part = taken[rest.join('.') || 'text'];
  if (part === undefined) throw new ScriptFailure(`"{{ ${name} }}" is not in what was sent`);
  return part;
}
