import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { parseSync } from 'oxc-parser';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const PARTS = ['app', 'orchestrator', 'agents', 'store'];

interface Import {
  readonly from: string;
  readonly to: string;
  /** Gone at run time, so it closes no circle there. */
  readonly typeOnly: boolean;
}

/** The rules of docs/architecture.md: an import that breaks one, with the rule's words. */
function brokenRule({ from, to }: Pick<Import, 'from' | 'to'>): string | null {
  const part = PARTS.find((name) => from.startsWith(`src/${name}/`));
  if (from.startsWith('src/core/') && !to.startsWith('src/core/')) return 'core imports nothing of ours';
  if (part !== undefined && !to.startsWith('src/core/') && !to.startsWith(`src/${part}/`)) {
    return `${part} imports core and itself only`;
  }
  const joins = from === 'src/wire.ts' || from.startsWith('src/wire/');
  if (
    from.startsWith('src/') &&
    part === undefined &&
    !joins &&
    PARTS.some((name) => to.startsWith(`src/${name}/`))
  ) {
    return 'only wire.ts joins the parts';
  }
  if (/^demo\/(github|model)\//.test(from) && to.startsWith('src/'))
    return 'stand-ins know nothing of the crew';
  return null;
}

function importsOf(file: string): readonly Import[] {
  const { module } = parseSync(file, readFileSync(join(root, file), 'utf8'));
  const found = [
    ...module.staticImports.map((one) => ({
      specifier: one.moduleRequest.value,
      typeOnly: one.entries.length > 0 && one.entries.every((entry) => entry.isType),
    })),
    ...module.staticExports.flatMap((one) =>
      one.entries.map((entry) => ({ specifier: entry.moduleRequest?.value ?? '', typeOnly: entry.isType })),
    ),
  ];
  return found
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier, typeOnly }) => ({
      from: file,
      to: relative(root, join(root, dirname(file), specifier)),
      typeOnly,
    }));
}

async function sourceFiles(): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const file of glob('{src,demo}/**/*.ts', { cwd: root })) {
    if (!file.startsWith('demo/sample/')) files.push(file);
  }
  return files.sort();
}

describe('import rules', () => {
  it('hold in every file of src and demo', async () => {
    const imports = (await sourceFiles()).flatMap(importsOf);

    const broken = imports.flatMap((found) => {
      const rule = brokenRule(found);
      return rule === null ? [] : [`${found.from} imports ${found.to}: ${rule}`];
    });

    expect(imports.length).toBeGreaterThan(100);
    expect(broken).toEqual([]);
  });

  it('are broken by an import from core into a part, and by one part importing another', () => {
    expect(brokenRule({ from: 'src/core/a.ts', to: 'src/store/b.ts' })).toBe('core imports nothing of ours');
    expect(brokenRule({ from: 'src/app/a.ts', to: 'src/agents/b.ts' })).toBe(
      'app imports core and itself only',
    );
    expect(brokenRule({ from: 'src/cli.ts', to: 'src/app/b.ts' })).toBe('only wire.ts joins the parts');
    expect(brokenRule({ from: 'src/wire.ts', to: 'src/app/b.ts' })).toBeNull();
  });

  it('leave no circle at run time', async () => {
    const graph = new Map<string, string[]>();
    for (const { from, to, typeOnly } of (await sourceFiles()).flatMap(importsOf)) {
      if (!typeOnly) graph.set(from, [...(graph.get(from) ?? []), to]);
    }

    expect(circleIn(graph)).toBeNull();
  });
});

function circleIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const finished = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (finished.has(file)) return null;
    for (const next of graph.get(file) ?? []) {
      const circle = visit(next, [...path, file]);
      if (circle !== null) return circle;
    }
    finished.add(file);
    return null;
  };
  for (const file of graph.keys()) {
    const circle = visit(file, []);
    if (circle !== null) return circle;
  }
  return null;
}
