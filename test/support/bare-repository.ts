/** A bare git repository with one commit on `main` that holds the given files; the same files always make the same commit. */
import { mkdir } from 'node:fs/promises';
import { simpleGit } from 'simple-git';

/** Path → content. */
export type Files = Readonly<Record<string, string>>;

const WHO = 'Mona Lisa <mona@example.com> 1788854400 +0000';

export async function bareRepository(dir: string, files: Files): Promise<void> {
  await mkdir(dir, { recursive: true });
  const history = [
    `commit refs/heads/main\nauthor ${WHO}\ncommitter ${WHO}\n`,
    dataOf('Begin\n'),
    ...Object.entries(files).map(([path, text]) => `M 100644 inline ${path}\n${dataOf(text)}`),
  ].join('');
  const git = simpleGit({
    baseDir: dir,
    config: ['safe.bareRepository=all', 'gc.auto=0'],
    input: (args) => (args.includes('fast-import') ? Buffer.from(history) : undefined),
  });
  await git.init(true, ['--initial-branch=main']);
  await git.raw(['fast-import', '--quiet']);
}

function dataOf(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
