import { describe, expect, it } from 'vitest';
import { LOOKED_IN_MAX, readRules } from '../../src/agents/briefing/read-rules.ts';

/** A repository of these files, and which of them were asked for. */
function repositoryOf(files: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const show = async (path: string) => {
    asked.push(path);
    return files[path] ?? null;
  };
  return { asked, files: { show, list: async () => [] } };
}

async function pathsRead(files: Readonly<Record<string, string>>, paths: readonly string[]) {
  const problems: string[] = [];
  const rules = await readRules(repositoryOf(files).files, paths, problems);
  return { paths: rules.map(({ path }) => path), problems };
}

describe('the rules of a repository', () => {
  it('are those of its root, and the nearest AGENTS.md above each file, once', async () => {
    const files = {
      'AGENTS.md': 'Root.',
      'CONTRIBUTING.md': 'How.',
      'CLAUDE.md': '  \n',
      'web/AGENTS.md': 'Web.',
      'web/admin/AGENTS.md': 'Admin.',
      'db/AGENTS.md': 'Nobody changed db.',
    };

    expect(
      (await pathsRead(files, ['web/admin/deep/a.ts', 'web/b.ts', 'web/admin/c.ts', 'server/d.ts', 'e.ts']))
        .paths,
    ).toEqual(['AGENTS.md', 'CONTRIBUTING.md', 'web/AGENTS.md', 'web/admin/AGENTS.md']);
  });

  it('are those of the root alone for no files', async () => {
    expect((await pathsRead({ 'AGENTS.md': 'Root.', 'web/AGENTS.md': 'Web.' }, [])).paths).toEqual([
      'AGENTS.md',
    ]);
  });

  it('are looked for in each folder once', async () => {
    const { asked, files } = repositoryOf({});

    await readRules(files, ['a/b/1', 'a/b/2', 'a/c/3', 'a/4'], []);

    expect(asked.slice(3)).toEqual(['a/b/AGENTS.md', 'a/AGENTS.md', 'a/c/AGENTS.md']);
  });

  it('are looked for in so many folders and no more, those of most files first, and that is said', async () => {
    const many = Array.from({ length: LOOKED_IN_MAX + 5 }, (_, at) => `f${at}/x.ts`);
    const busy = ['busy/1.ts', 'busy/2.ts'];

    const { paths, problems } = await pathsRead({ 'busy/AGENTS.md': 'Busy.' }, [...many, ...busy]);

    expect(paths).toEqual(['busy/AGENTS.md']);
    expect(problems).toEqual([
      `The AGENTS.md of 6 folders were not looked for: over the limit of ${LOOKED_IN_MAX}.`,
    ]);
  });
});
