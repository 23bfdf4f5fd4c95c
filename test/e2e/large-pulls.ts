/** Repositories for large.test.ts, built with git, and what of a request to the model shows which files it is about. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { simpleGit } from 'simple-git';
import type { RecordedRequest } from '../../demo/model/model-state.ts';

type Files = Readonly<Record<string, string | Buffer>>;

export const MANY_FILES = 3_000;
export const LONG_LINES = 20_000;

/** Four of them are none to be read; together, the rest is more than one review reads. */
export function manyFiles(text: string): Files {
  const listed = (count: number, path: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => [path(at), stepsOf(10, text)] as const);
  return {
    'package-lock.json': stepsOf(10, text),
    'dist/bundle.js': stepsOf(10, text),
    'vendor/library.js': stepsOf(10, text),
    'logo.png': Buffer.from([0, 1, 2, text.length]),
    ...Object.fromEntries([
      ...listed(200, (at) => `db/migrations/${at}.sql`),
      ...listed(200, (at) => `web/page${at}.tsx`),
      ...listed(MANY_FILES - 404, (at) => `src/area${at % 50}/file${at}.ts`),
    ]),
  };
}

export function stepsOf(count: number, text: string): string {
  return Array.from({ length: count }, (_, at) => `export const step${at} = '${text}, step ${at}';\n`).join(
    '',
  );
}

/** Makes `dir` a repository if it is none yet. */
export async function commitFiles(dir: string, message: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  }
  const git = simpleGit({ baseDir: dir });
  await git.init(false, ['--initial-branch=work']);
  await git.add('.');
  await git.raw(['-c', 'user.name=Robin', '-c', 'user.email=robin@example.com', 'commit', '-qm', message]);
}

export interface ShownFile {
  readonly path: string;
  /** Of its lines of code as they are shown. */
  readonly chars: number;
}

/** The files whose diff a request shows, in order. */
export function filesShown({ body }: RecordedRequest): readonly ShownFile[] {
  const { messages } = body as { messages: readonly { content: readonly { text: string }[] }[] };
  const shared = messages[0]?.content[0]?.text ?? '';
  const diff = shared.slice(shared.lastIndexOf('\n<diff>\n'));
  return [...diff.matchAll(/^<file path="([^"]*)"[^>]*>\n([\s\S]*?)^<\/file>$/gm)].map(
    ([, path = '', rows = '']) => ({ path, chars: rows.replace(/^\[cut: .*\n/m, '').length }),
  );
}
