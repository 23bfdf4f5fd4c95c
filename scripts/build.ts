/**
 * `npm run build`: what is published and what the image runs. Compiles `src` and `demo` into `dist`, and lays every file
 * that is not TypeScript beside its code, so that code finds its data by its own place whether built or not.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, rm } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const ROOT = join(import.meta.dirname, '..');
const PARTS = ['src', 'demo'];

const { values } = parseArgs({ options: { out: { type: 'string', default: join(ROOT, 'dist') } } });
await build(resolve(values.out));

async function build(out: string): Promise<void> {
  await rm(out, { recursive: true, force: true });
  await compile(out);
  for (const part of PARTS) {
    await cp(join(ROOT, part), join(out, part), {
      recursive: true,
      filter: (path) => extname(path) !== '.ts',
    });
  }
  for (const command of ['crew.js', 'cli.js']) await chmod(join(out, 'src', command), 0o755);
}

async function compile(out: string): Promise<void> {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = ['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', out];
  const compiler = spawn(process.execPath, [tsc, ...args], { stdio: 'inherit' });
  const [status]: readonly unknown[] = await once(compiler, 'exit');
  if (status !== 0) throw new Error(`the compiler ended with status ${String(status)}`);
}
