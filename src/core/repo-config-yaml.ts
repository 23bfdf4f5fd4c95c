/** The YAML under `.github/crew.yml` as plain values with the line of each; never throws, the text is hostile. Pure. */
import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml';

const CONFIG_MAX_CHARS = 65_536;
/** A configuration has no use for aliases, and they are how a small YAML text becomes a huge value. */
const YAML_MAX_ALIASES = 0;

export interface ConfigProblem {
  readonly line: number;
  /** Dotted; '' when it is about the file. */
  readonly key: string;
  readonly message: string;
  readonly remedy: string;
}

/** Line of the deepest key of a path that stands in the file; 1 when none does. */
export type LineOf = (path: readonly PropertyKey[]) => number;

export interface ReadYaml {
  readonly value: Readonly<Record<string, unknown>>;
  /** Why nothing could be read; empty when it could. */
  readonly problems: readonly ConfigProblem[];
  readonly lineOf: LineOf;
}

export const NO_KEYS = 'is not a list of `key: value` lines';
/** Follows `until then`. */
const NOTHING_UNASKED = 'the defaults apply and no review starts by itself';
export const SHORTEN = `shorten it: until then ${NOTHING_UNASKED}`;

/** A file of which nothing can be used. */
export function unreadable(line: number, message: string, remedy: string): ReadYaml {
  return { value: {}, problems: [{ line, key: '', message, remedy }], lineOf: () => 1 };
}

/** `meanwhile` says what holds until an unreadable file is mended. */
export function readYaml(text: string, meanwhile = NOTHING_UNASKED): ReadYaml {
  if (text.length > CONFIG_MAX_CHARS) {
    const message = `the file has ${text.length} characters; at most ${CONFIG_MAX_CHARS} are read`;
    return unreadable(1, message, `shorten it: until then ${meanwhile}`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) {
    const remedy = `mend the YAML: until then ${meanwhile}`;
    return unreadable(Math.max(1, lines.linePos(error.pos[0]).line), error.message, remedy);
  }
  const lineOf: LineOf = (path) => lineInDocument(document, lines, path);
  try {
    const value: unknown = document.toJS({ maxAliasCount: YAML_MAX_ALIASES }) ?? {};
    if (isRecord(value)) return { value, problems: [], lineOf };
    return unreadable(1, `the file ${NO_KEYS}`, 'write one key a line');
  } catch {
    return unreadable(1, 'anchors and aliases are not supported', 'write the values out');
  }
}

/** Line of the deepest key of `path` that stands in the file. */
function lineInDocument(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  let line = 1;
  let node: unknown = document.contents;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) return line;
      if (isScalar(pair.key) && pair.key.range) line = lines.linePos(pair.key.range[0]).line;
      node = pair.value;
    } else if (typeof step === 'number' && node instanceof Object && 'items' in node) {
      const item: unknown = Array.isArray(node.items) ? node.items[step] : undefined;
      if (!(item instanceof Object && 'range' in item && Array.isArray(item.range))) return line;
      line = lines.linePos(Number(item.range[0])).line;
      node = item;
    } else return line;
  }
  return line;
}

/** A plain map: YAML's tags make sets, ordered maps and dates as well, whose keys nobody would find. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
