/** Generated changes of a repository, made into real commits by git: what the tests of diffs and anchors are held against. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';

export interface TreeFile {
  readonly mode: '100644' | '100755' | '120000';
  readonly content: Buffer;
}

/** By path. */
export type Tree = ReadonlyMap<string, TreeFile>;

/** Among them those that git quotes, that look like diffs' own prefixes, options or patterns, and that are no ASCII. */
export const PATHS = [
  'a.ts',
  'b/a.ts',
  'a/b.ts',
  'src/with space.ts',
  'src/q"uote.ts',
  'src/tab\there.ts',
  'src/new\nline.ts',
  'src/back\\slash.ts',
  'ключ/日本.ts',
  '-dash.ts',
  '*.ts',
  'end ',
] as const;

const lineText = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 400 }).map((at) => `line ${at}`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      '\tx',
      '--- a/x',
      '+++ b/x',
      '@@ -1 +1 @@',
      '\\ No newline',
      '```',
      'ж\u2028',
    ),
  },
);
const eol = fc.constantFrom('\n', '\n', '\n', '\r\n');
const text = fc
  .record({ lines: fc.array(lineText, { maxLength: 60, size: 'max' }), eol, newline: fc.boolean() })
  .map(({ lines, eol, newline }) => lines.join(eol) + (newline && lines.length > 0 ? eol : ''));
const mode = fc.constantFrom('100644' as const, '100644' as const, '100755' as const);
const content = fc.oneof(
  { weight: 9, arbitrary: text.map((string) => Buffer.from(string)) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 9 }).map((byte) => Buffer.from([0, byte, 255])) },
);

const treeFile: fc.Arbitrary<TreeFile> = fc.record({ mode, content });
const trees: fc.Arbitrary<Tree> = fc
  .array(fc.tuple(fc.constantFrom(...PATHS), treeFile), { maxLength: 6 })
  .map((files) => new Map(files));

type Edit = (tree: Map<string, TreeFile>) => void;
const path = fc.constantFrom(...PATHS);
const nth = fc.nat({ max: 59 });

/** Splices lines of one file; most edits are these. */
const spliced: fc.Arbitrary<Edit> = fc
  .record({
    at: fc.nat({ max: 5 }),
    from: nth,
    count: fc.nat({ max: 4 }),
    added: fc.array(lineText, { maxLength: 4 }),
  })
  .map(({ at, from, count, added }) => (tree) => {
    const [name, file] = [...tree][at % Math.max(tree.size, 1)] ?? [];
    if (name === undefined || file === undefined || file.content.includes(0)) return;
    const end = file.content.includes('\r\n') ? '\r\n' : '\n';
    const lines = file.content.toString().split(end);
    lines.splice(from % lines.length, count, ...added);
    tree.set(name, { ...file, content: Buffer.from(lines.join(end)) });
  });
const onPaths = (change: (tree: Map<string, TreeFile>, from: string, to: string, file: TreeFile) => void) =>
  fc.tuple(path, path, treeFile).map(([from, to, made]): Edit => {
    return (tree) => change(tree, from, to, tree.get(from) ?? made);
  });
const edits: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 8, arbitrary: spliced },
  { weight: 2, arbitrary: onPaths((tree, _from, to, file) => void tree.set(to, file)) },
  {
    weight: 2,
    arbitrary: onPaths((tree, from, to, file) => {
      tree.delete(from);
      tree.set(to, file);
    }),
  },
  { weight: 1, arbitrary: onPaths((tree, from) => void tree.delete(from)) },
  {
    weight: 1,
    arbitrary: onPaths((tree, from, _to, file) => void tree.set(from, { ...file, mode: '100755' })),
  },
  {
    weight: 1,
    arbitrary: onPaths((tree, from) => void tree.set(from, { mode: '120000', content: Buffer.from('a.ts') })),
  },
  {
    weight: 1,
    arbitrary: onPaths((tree, from, _to, file) => {
      const content = file.content.toString('latin1').replaceAll('\r\n', '\n').replaceAll('\n', '\r\n');
      tree.set(from, { ...file, content: Buffer.from(content, 'latin1') });
    }),
  },
);

/** A tree, and what some edits made of it. */
export const changes: fc.Arbitrary<readonly [Tree, Tree]> = fc
  .tuple(trees, fc.array(edits, { minLength: 1, maxLength: 6 }))
  .map(([before, list]) => [before, edited(before, list)]);

/** A tree after another, each some edits from the one before. */
export const histories = (commits: number): fc.Arbitrary<readonly Tree[]> =>
  fc
    .tuple(
      trees,
      fc.array(fc.array(edits, { minLength: 1, maxLength: 4 }), { minLength: commits, maxLength: commits }),
    )
    .map(([first, lists]) => {
      const made: Tree[] = [first];
      for (const list of lists) made.push(edited(made.at(-1) ?? first, list));
      return made;
    });

function edited(before: Tree, list: readonly Edit[]): Tree {
  const tree = new Map(before);
  for (const edit of list) edit(tree);
  return tree;
}

/** A bare repository for commits of trees; remove it in the end. */
export class TreeRepository {
  readonly dir = mkdtempSync(join(tmpdir(), 'trees-'));
  #marks = 0;

  constructor() {
    this.git(['init', '-q', '--bare', '.']);
  }

  git(args: readonly string[], input: string | Buffer = ''): Buffer {
    return execFileSync('git', ['-c', 'core.quotePath=false', ...args], {
      cwd: this.dir,
      input,
      maxBuffer: 200_000_000,
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' },
    });
  }

  /** A commit for each tree, each after the one before it. */
  commit(list: readonly Tree[]): readonly string[] {
    this.#marks += 1;
    const ref = `refs/heads/h${this.#marks}`;
    const stream = list.flatMap((tree) => [
      `commit ${ref}\ncommitter A <a@b> 1700000000 +0000\ndata 1\nx\ndeleteall\n`,
      ...[...tree].flatMap(([name, file]) => [
        `M ${file.mode} inline ${quoted(name)}\ndata ${file.content.length}\n`,
        file.content,
        '\n',
      ]),
    ]);
    this.git(['fast-import', '--quiet'], Buffer.concat(stream.map((part) => Buffer.from(part))));
    return this.git(['rev-list', '--reverse', ref]).toString().trim().split('\n');
  }

  /** As the workspace asks for it. */
  diff(from: string, to: string): string {
    const options = ['--no-color', '--no-ext-diff', '--no-textconv', '--full-index', '-M'];
    return this.git(['diff', ...options, '--src-prefix=a/', '--dst-prefix=b/', from, to, '--']).toString();
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function quoted(name: string): string {
  return `"${[...Buffer.from(name)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}"`;
}

/** The lines of a file as a diff shows them: with a CR before the line feed taken for a part of the line's end. */
export function linesOf(content: Buffer): readonly string[] {
  if (content.length === 0) return [];
  const lines = content.toString().split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => line.replace(/\r$/, ''));
}
