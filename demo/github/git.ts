// Runs git against the bare repositories with a fixed environment, and remembers answers that can never change
// (anything computed from commit ids alone).
import { spawn } from 'node:child_process';
import { join } from 'node:path';

interface GitRun {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes beside 0 that are an answer rather than a failure. */
  readonly allow?: readonly number[];
}

interface GitOutput {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

class GitError extends Error {
  readonly code: number;
  readonly stderr: string;

  constructor(args: readonly string[], code: number, stderr: string) {
    super(`git ${args.join(' ')} ended with ${code}: ${stderr.trim()}`);
    this.name = 'GitError';
    this.code = code;
    this.stderr = stderr;
  }
}

const outputLimitBytes = 256 * 1024 * 1024;
const timeoutMs = 60_000;
const memoLimit = 500;

export class Git {
  readonly #root: string;
  readonly #memo = new Map<string, Promise<unknown>>();

  constructor(root: string) {
    this.#root = root;
  }

  dirOf(repo: { readonly owner: string; readonly name: string }): string {
    return join(this.#root, repo.owner, `${repo.name}.git`);
  }

  /** The environment every git process gets: no user or system configuration, nothing asked of a terminal. */
  env(): Record<string, string> {
    return {
      PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
      HOME: this.#root,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C.UTF-8',
    };
  }

  async run(dir: string, args: readonly string[], options: GitRun = {}): Promise<GitOutput> {
    const child = spawn('git', ['-c', 'gc.auto=0', ...args], {
      cwd: dir,
      env: { ...this.env(), ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: timeoutMs,
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    const [stdout, stderr, code] = await Promise.all([
      collect(child.stdout),
      collect(child.stderr),
      new Promise<number>((resolve, reject) => {
        child.on('error', reject);
        child.on('close', (status) => resolve(status ?? -1));
      }),
    ]);
    const output = { code, stdout, stderr: stderr.toString() };
    if (code !== 0 && !options.allow?.includes(code)) throw new GitError(args, code, output.stderr);
    return output;
  }

  async text(dir: string, args: readonly string[], options: GitRun = {}): Promise<string> {
    return (await this.run(dir, args, options)).stdout.toString();
  }

  /** One line without its end. */
  async line(dir: string, args: readonly string[], options: GitRun = {}): Promise<string> {
    return (await this.text(dir, args, options)).replace(/\n$/, '');
  }

  /** The commit that a name stands for, or null. */
  async commitOf(dir: string, name: string): Promise<string | null> {
    if (name === '' || name.startsWith('-')) return null;
    const { code, stdout } = await this.run(
      dir,
      ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`],
      { allow: [1, 128] },
    );
    return code === 0 ? stdout.toString().trim() : null;
  }

  async isAncestor(dir: string, older: string, newer: string): Promise<boolean> {
    const { code } = await this.run(dir, ['merge-base', '--is-ancestor', older, newer], { allow: [1, 128] });
    return code === 0;
  }

  async refs(dir: string): Promise<Record<string, string>> {
    const text = await this.text(dir, ['for-each-ref', '--format=%(objectname) %(refname)']);
    const refs: Record<string, string> = {};
    for (const line of text.split('\n')) {
      const space = line.indexOf(' ');
      if (space > 0) refs[line.slice(space + 1)] = line.slice(0, space);
    }
    return refs;
  }

  memo<T>(key: string, compute: () => Promise<T>): Promise<T> {
    const known = this.#memo.get(key) as Promise<T> | undefined;
    if (known) return known;
    const fresh = compute();
    this.#memo.set(key, fresh);
    fresh.catch(() => this.#memo.delete(key));
    const oldest = this.#memo.keys().next().value;
    if (this.#memo.size > memoLimit && oldest !== undefined) this.#memo.delete(oldest);
    return fresh;
  }
}

async function collect(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > outputLimitBytes) throw new Error(`git wrote more than ${outputLimitBytes} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
