// Markdown with YAML front matter, as roles, standards and skills are written. Pure: text in, a validated record
// out, or one error that lists every problem with its file and line. The text is hostile until it has passed here.
import { isMap, isNode, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import type { z } from 'zod';

/** Largest file accepted, in UTF-16 code units: a mandate or a skill is a few pages. */
const FRONT_MATTER_FILE_MAX_CHARS = 65_536;

/** Aliases are of no use in a page of front matter, and they are how a small YAML text becomes a huge value. */
const YAML_MAX_ALIASES = 0;

/** The first line of the YAML block in its file; line 1 is the opening `---`. */
const YAML_FIRST_LINE = 2;

export type FrontMatterProblem = { readonly line: number; readonly message: string };

/** Everything that is wrong with one file. The message has one `file:line: what to fix` per problem. */
export class FrontMatterError extends Error {
  readonly file: string;
  readonly problems: readonly FrontMatterProblem[];

  constructor(file: string, problems: readonly FrontMatterProblem[], options?: ErrorOptions) {
    super(problems.map((problem) => `${file}:${problem.line}: ${problem.message}`).join('\n'), options);
    this.name = 'FrontMatterError';
    this.file = file;
    this.problems = problems;
  }
}

export type ParsedMarkdown<Fields> = { readonly fields: Fields; readonly body: string };

/** Splits a file at its `---` lines, validates the YAML with `schema`, and requires a body. */
export function parseMarkdown<Shape extends z.core.$ZodLooseShape, Config extends z.core.$ZodObjectConfig>(
  text: string,
  file: string,
  schema: z.ZodObject<Shape, Config>,
): ParsedMarkdown<z.output<z.ZodObject<Shape, Config>>> {
  const { yaml, body } = splitFrontMatter(text, file);
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number): number => Math.max(lines.linePos(offset).line, 1) + YAML_FIRST_LINE - 1;

  if (document.errors.length > 0) {
    throw new FrontMatterError(
      file,
      document.errors.map((error) => ({ line: lineAt(error.pos[0]), message: error.message })),
    );
  }
  const root = document.contents;
  if (!isMap(root)) {
    throw new FrontMatterError(file, [
      { line: YAML_FIRST_LINE, message: 'the front matter must be a list of "key: value" lines' },
    ]);
  }
  const parsed = schema.safeParse(plainValue(document, file));
  if (!parsed.success) {
    throw new FrontMatterError(
      file,
      parsed.error.issues.map((issue) => describeIssue(issue, root, schema.shape, lineAt)),
    );
  }
  return { fields: parsed.data, body };
}

function plainValue(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: YAML_MAX_ALIASES });
  } catch (cause) {
    const message = 'anchors and aliases are not supported here: write the values out';
    throw new FrontMatterError(file, [{ line: YAML_FIRST_LINE, message }], { cause });
  }
}

function splitFrontMatter(text: string, file: string): { yaml: string; body: string } {
  const fail = (line: number, message: string): never => {
    throw new FrontMatterError(file, [{ line, message }]);
  };
  if (text.length > FRONT_MATTER_FILE_MAX_CHARS) {
    fail(
      1,
      `the file has ${text.length} characters, and at most ${FRONT_MATTER_FILE_MAX_CHARS} are accepted`,
    );
  }
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines[0]?.trimEnd() !== '---') fail(1, 'the file must open with front matter: a line "---"');
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === '---');
  if (end === -1) fail(1, 'the front matter is not closed: add a line "---" after its last key');
  const body = lines
    .slice(end + 1)
    .join('\n')
    .trim();
  if (body === '') fail(end + 1, 'there is no text after the front matter: write it below the second "---"');
  return { yaml: lines.slice(1, end).join('\n'), body };
}

function describeIssue(
  issue: z.core.$ZodIssue,
  root: YAMLMap,
  shape: z.core.$ZodLooseShape,
  lineAt: (offset: number) => number,
): FrontMatterProblem {
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => `"${key}"`).join(', ');
    const known = issue.path.length === 0 ? `; known keys are ${Object.keys(shape).join(', ')}` : '';
    const line = lineAt(offsetOf(root, [...issue.path, issue.keys[0] ?? '']));
    return { line, message: `unknown key ${keys}: remove or rename it${known}` };
  }
  const line = lineAt(offsetOf(root, issue.path));
  const where = issue.path.map(String).join('.');
  if (issue.path.length > 0 && root.getIn(issue.path) === undefined) {
    return { line, message: `"${where}" is missing: add ${hintOf(shape, issue.path) ?? 'it'}` };
  }
  const hint = hintOf(shape, issue.path);
  return { line, message: `"${where}": ${issue.message}${hint === undefined ? '' : `; it is ${hint}`}` };
}

/** What the schema says the top-level key is for (`.describe()`), in words that complete "it is …". */
function hintOf(shape: z.core.$ZodLooseShape, path: readonly PropertyKey[]): string | undefined {
  const field: unknown = shape[String(path[0])];
  if (typeof field !== 'object' || field === null || !('description' in field)) return undefined;
  return typeof field.description === 'string' ? field.description : undefined;
}

/** Where the key at `path` stands; for a key that is not there, where its nearest parent does. */
function offsetOf(root: YAMLMap, path: readonly PropertyKey[]): number {
  let node: unknown = root;
  let offset = root.range?.[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) break;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else {
      node =
        isNode(node) && 'items' in node && Array.isArray(node.items) ? node.items[Number(step)] : undefined;
      if (isNode(node)) offset = node.range?.[0] ?? offset;
    }
  }
  return offset;
}
