/**
 * History as text for an agent: fixed arguments, bounded output. Authors, messages and lines are anybody's words: what
 * does not show is made visible, and one entry cannot pass for two.
 */
import { escapeTags, revealHidden } from '../briefing/untrusted-text.ts';
import { type GitCall, GitError, type GitMachine, tryGit } from './git.ts';
import { isShallow } from './shallow.ts';

export interface HistoryToRead {
  readonly machine: GitMachine;
  readonly call: Pick<GitCall, 'gitDir' | 'timeoutMs' | 'signal'>;
  readonly sha: string;
}

const COMMITS_MAX = 20;
const LINES_MAX = 200;
const OUTPUT_MAX_BYTES = 500_000;
const NAME_MAX_CHARS = 60;
const SUBJECT_MAX_CHARS = 200;
const BODY_MAX_LINES = 10;
const LINE_MAX_CHARS = 300;
const SHA_SHOWN_CHARS = 10;
const FIELDS = ['%H', '%as', '%an', '%s', '%b'].join('%x00');

/** Newest first, across merges; a rename ends the history of a path. */
export async function logText(read: HistoryToRead, path: string | null): Promise<string> {
  if (path !== null && !isPath(path)) return 'No commit: that is not the path of a file.';
  const args = ['log', '-z', `--max-count=${COMMITS_MAX + 1}`, '--no-show-signature', `--format=${FIELDS}`];
  const paths = path === null ? [] : [`:(literal)${path}`];
  const result = await callGit(read, [...args, read.sha, '--', ...paths]);
  if (result.exitCode !== 0 && !result.truncated) throw new GitError('log', result);
  const fields = result.stdout.toString('utf8').split('\0');
  const commits = Array.from({ length: Math.floor(fields.length / 5) }, (_, at) =>
    fields.slice(5 * at, 5 * at + 5),
  );
  const of = path === null ? '' : ' touched that path';
  if (commits.length === 0 && !result.truncated) return withShallowNote(read, `No commit${of}.`);
  const shown = commits.slice(0, COMMITS_MAX).map(commitText);
  if (commits.length > COMMITS_MAX) shown.push(`[older commits are left out: ${COMMITS_MAX} are shown]`);
  if (result.truncated) shown.push('[the rest is left out: the messages are too long]');
  return withShallowNote(read, shown.join('\n'));
}

/** The lines with their numbers, each with the commit that last changed it. A range given backwards is turned round. */
export async function blameText(
  read: HistoryToRead,
  path: string,
  startLine: number,
  endLine: number,
): Promise<string> {
  if (!isPath(path)) return 'That is not the path of a file.';
  const named = [startLine, endLine].filter((line) => Number.isSafeInteger(line) && line >= 1);
  if (named.length === 0) return 'No line was named: lines count from 1.';
  const [start, end] = [Math.min(...named), Math.max(...named)];
  const last = Math.min(end, start + LINES_MAX - 1);
  const args = ['blame', '--porcelain', '-L', `${start},${last}`, read.sha, '--', path];
  const result = await callGit(read, args);
  if (/has only \d+ lines?/.test(result.stderr)) {
    return `The file ends before line ${start}: it has ${/only (\d+)/.exec(result.stderr)?.[1]} lines.`;
  }
  if (/no such (?:path|file)|no such ref|is outside repository/i.test(result.stderr)) {
    return 'There is no such file at that commit.';
  }
  if (result.exitCode !== 0 && !result.truncated) throw new GitError('blame', result);
  const lines = blamedLines(result.stdout.toString('utf8'));
  if (end > last) lines.push(`[lines from ${last + 1} on are left out: ${LINES_MAX} are shown]`);
  if (result.truncated) lines.push('[the rest is left out: the lines are too long]');
  return withShallowNote(read, lines.join('\n'));
}

function isPath(path: string): boolean {
  return path !== '' && !path.includes('\0') && path.isWellFormed();
}

function callGit(read: HistoryToRead, args: readonly string[]) {
  return tryGit(read.machine, args, { ...read.call, outputLimitBytes: OUTPUT_MAX_BYTES });
}

/** Below its first line every line of a message is indented. */
function commitText([sha = '', date = '', author = '', subject = '', body = '']: readonly string[]): string {
  const head = `${sha.trim().slice(0, SHA_SHOWN_CHARS)} ${date} ${words(author, NAME_MAX_CHARS)}: ${words(subject, SUBJECT_MAX_CHARS)}`;
  const lines = body.trim() === '' ? [] : body.trim().split(/\r\n?|\n/);
  const shown = lines.slice(0, BODY_MAX_LINES).map((line) => `    ${words(line, LINE_MAX_CHARS)}`.trimEnd());
  if (lines.length > BODY_MAX_LINES) shown.push('    […]');
  return [head, ...shown].join('\n');
}

interface Blamed {
  date: string;
  author: string;
  summary: string;
}

/** `<sha> <old line> <new line>`, then what is new of that commit, then a tab and the line. https://git-scm.com/docs/git-blame#_the_porcelain_format */
function blamedLines(printed: string): string[] {
  const commits = new Map<string, Blamed>();
  const lines: string[] = [];
  let [sha, number] = ['', ''];
  for (const line of printed.split('\n')) {
    const [, newSha, newNumber] = /^([0-9a-f]{40}) \d+ (\d+)/.exec(line) ?? [];
    if (line.startsWith('\t')) {
      const { date, author, summary } = commitOf(commits, sha);
      const text = cut(revealHidden(line.slice(1)), LINE_MAX_CHARS);
      lines.push(`${sha.slice(0, SHA_SHOWN_CHARS)} ${date} ${author}: ${summary} | ${number}: ${text}`);
    } else if (newSha !== undefined && newNumber !== undefined) [sha, number] = [newSha, newNumber];
    else readHeader(commitOf(commits, sha), line);
  }
  return lines;
}

function commitOf(commits: Map<string, Blamed>, sha: string): Blamed {
  const known = commits.get(sha) ?? { date: '', author: '', summary: '' };
  commits.set(sha, known);
  return known;
}

function readHeader(commit: Blamed, line: string): void {
  const after = (start: string) => (line.startsWith(start) ? line.slice(start.length) : null);
  const [author, time, summary] = [after('author '), after('author-time '), after('summary ')];
  if (author !== null) commit.author = words(author, NAME_MAX_CHARS);
  if (time !== null) commit.date = dateOf(Number(time));
  if (summary !== null) commit.summary = words(summary, NAME_MAX_CHARS);
}

/** Anybody writes any time into a commit. */
function dateOf(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return Number.isNaN(date.getTime()) ? '(no date)' : date.toISOString().slice(0, 10);
}

function words(text: string, maxChars: number): string {
  return escapeTags(cut(revealHidden(text), maxChars));
}

function cut(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars).toWellFormed()} […]`;
}

async function withShallowNote(read: HistoryToRead, text: string): Promise<string> {
  const note = '[the repository was cloned without its older history: what lies before is not known]';
  return (await isShallow(read.call.gitDir)) ? `${text}\n${note}` : text;
}
