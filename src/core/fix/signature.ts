/** What makes two failures the same: which checks failed, and the lines that say how, without what differs each time. Pure. */
import { digest } from '../digest.ts';
import type { FailedCheck } from '../request-records.ts';

const LINES_MAX = 60;
const LINE_MAX_CHARS = 300;
const TELLING =
  /\b(?:errors?|fail(?:s|ed|ure|ures|ing)?|expected|assert\w*|exception|panic(?:ked)?|cannot|not ok|undefined)\b|[✗✖✘×]/i;

export function signatureOf(checks: readonly FailedCheck[]): string {
  const parts = checks
    .map(({ name, log }) => [name, ...failingLines(log ?? '')])
    .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1));
  return digest(JSON.stringify(parts));
}

/** In no order: what runs side by side ends in another each time. */
function failingLines(log: string): readonly string[] {
  const telling = log
    .split('\n')
    .filter((line) => TELLING.test(line.slice(0, LINE_MAX_CHARS)))
    .map(normalised);
  return [...new Set(telling)].toSorted().slice(0, LINES_MAX);
}

/** Numbers, hashes, times and temporary places differ from run to run. */
function normalised(line: string): string {
  return line
    .slice(0, LINE_MAX_CHARS)
    .toLowerCase()
    .replace(/\/(?:tmp|var|home|users|runner|__w)\/\S*\//g, '/')
    .replace(/\b[0-9a-f]{7,64}\b/g, '#')
    .replace(/\d+(?:[.,:]\d+)*\s*(?:ms|s|sec|seconds|m|min|minutes)?\b/g, '#')
    .replace(/\s+/g, ' ')
    .trim();
}
