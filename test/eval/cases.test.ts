import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SimpleGit, simpleGit } from 'simple-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildRange } from '../../eval/review/build-range.ts';
import { checkInRange } from '../../eval/review/check-places.ts';
import { type Case, loadCase } from '../../eval/review/load-case.ts';
import { loadCases } from '../../eval/shared/load-cases.ts';

const SHIPPED = join(import.meta.dirname, '../../eval/cases/review');
const shipped = await loadCases(SHIPPED, loadCase);

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'crew-cases-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('the shipped cases', () => {
  it('are at least ten with faults and two without', () => {
    expect(shipped.filter(({ expected }) => expected.length > 0).length).toBeGreaterThanOrEqual(10);
    expect(shipped.filter(({ expected }) => expected.length === 0).length).toBeGreaterThanOrEqual(2);
  });

  it.each(shipped.map((one) => [one.name, one] as const))(
    '%s builds, and what is expected stands where it changes the code',
    async (name, one) => {
      const range = await built(one);

      expect(await range.git.raw(['diff', '--stat', range.base, range.head])).not.toBe('');
      for (const place of one.expected.flatMap((wanted) => [wanted, ...wanted.or])) {
        const text = await readFile(join(SHIPPED, name, 'after', place.path), 'utf8');
        const added = await addedLines(range, place.path);
        expect(place.lines[1]).toBeLessThan(text.split('\n').length);
        expect(added.some((at) => at >= place.lines[0] && at <= place.lines[1])).toBe(true);
      }
    },
  );

  it('tell the reviewers nothing of what was planted', async () => {
    for (const one of shipped) {
      const { git, head } = await built(one);
      const shown = `${await git.raw(['show', '--format=%B', head])}`.toLowerCase();
      expect(shown).not.toMatch(/\b(bug|fault|planted|todo|fixme|vulnerab\w+|eval(uation)?)\b/);
    }
  });
});

describe('a case that cannot be read', () => {
  it.each([
    ['about: x\nexpected: [{ path: a, lines: [3, 1], about: y }]', /the first line comes after the last/],
    ['about: x\nexpected: [{ path: a, lines: [0, 1], about: y }]', /lines/],
    ['about: x\nrepository: ../r\nexpected: []', /needs `base` and `head`/],
    ['about: x\nexpceted: []', /expceted/],
    ['about: [', /cannot be read/],
    ['about: x\nexpected: [{ path: b.js, lines: [1, 1], about: y }]', /there is no b\.js after the change/],
    [
      'about: x\nexpected: [{ path: a.js, lines: [2, 3], about: y }]',
      /a\.js has 2 lines after the change; lines 2 to 3/,
    ],
    [
      'about: x\nexpected: [{ path: a.js, lines: [1, 2], about: y, or: [{ path: a.js, lines: [2, 2], side: LEFT }] }]',
      /a\.js has 1 lines before/,
    ],
  ])('is named with what is wrong: %s', async (text, problem) => {
    const folder = await mkdtemp(join(dir, 'wrong-'));
    await writeFile(join(folder, 'case.yml'), text);
    await mkdir(join(folder, 'before'));
    await mkdir(join(folder, 'after'));
    await writeFile(join(folder, 'before', 'a.js'), '1\n');
    await writeFile(join(folder, 'after', 'a.js'), '1\n2\n');

    await expect(loadCase(folder)).rejects.toThrow(problem);
  });
});

describe('a folder of cases', () => {
  it('may name repositories elsewhere', async () => {
    const folder = join(dir, 'general');
    await mkdir(join(folder, 'one'), { recursive: true });
    await writeFile(
      join(folder, 'one', 'case.yml'),
      'about: x\nrepository: ../../r.git\nbase: v1\nhead: v2\nexpected: []',
    );

    expect(await loadCases(folder, loadCase, { only: 'one' })).toEqual([
      {
        name: 'one',
        about: 'x',
        source: { kind: 'repository', dir: join(dir, 'r.git'), base: 'v1', head: 'v2' },
        expected: [],
      },
    ]);
    await expect(loadCases(folder, loadCase, { only: 'two' })).rejects.toThrow('--only');
  });

  it('says which folders hold no case, such as one that holds folders of cases', async () => {
    const folder = join(dir, 'deeper');
    await mkdir(join(folder, 'group', 'two'), { recursive: true });
    await mkdir(join(folder, 'one', 'before'), { recursive: true });
    for (const place of ['one', 'group/two']) {
      await writeFile(join(folder, place, 'case.yml'), 'about: x\nexpected: []');
    }
    const told: string[] = [];

    const cases = await loadCases(folder, loadCase, { tell: (line) => told.push(line) });

    expect(cases.map(({ name }) => name)).toEqual(['one']);
    expect(told).toEqual(['No case.yml in group: left out. Cases are looked for one folder deep.']);
  });

  it('has what it expects of a repository looked up in its revisions', async () => {
    const { git, base, head } = await built(shipped[0] as Case);
    const [baseSha, headSha] = [await git.revparse([base]), await git.revparse([head])];
    const gitDir = (await git.revparse(['--absolute-git-dir'])).trim();
    const check = (path: string, side: 'LEFT' | 'RIGHT', last: number) =>
      checkInRange({ gitDir, baseSha, headSha }, [{ path, side, lines: [1, last], about: 'x', or: [] }]);

    await check('src/header.c', 'RIGHT', 90);
    await expect(check('src/header.c', 'LEFT', 90)).rejects.toThrow('are not there');
    await expect(check('src/none.c', 'RIGHT', 1)).rejects.toThrow('there is no src/none.c after');
  });
});

async function built({ source, name }: Case) {
  if (source.kind !== 'folders') throw new Error(`${name} is not made of folders`);
  const into = join(await mkdtemp(join(dir, 'built-')), 'r.git');
  const { base, head } = await buildRange(source, into);
  return { base, head, git: simpleGit({ baseDir: into, config: ['safe.bareRepository=all'] }) };
}

async function addedLines(
  { git, base, head }: { readonly git: SimpleGit; readonly base: string; readonly head: string },
  path: string,
): Promise<readonly number[]> {
  const diff = await git.raw(['diff', '--unified=0', base, head, '--', path]);
  return [...diff.matchAll(/^@@ -\S+ \+(\d+)(?:,(\d+))? @@/gm)].flatMap(([, start = '', count = '1']) =>
    Array.from({ length: Number(count) }, (_, index) => Number(start) + index),
  );
}
