/** Whether a check that fails failed in the same way before: by its end, and by the lines of its output that tell of failures. Pure. */
import type { CheckRunRecord } from '../result-records.ts';

/** How runners of tests, linters and compilers mark what is wrong. */
const FAILURE =
  /✖|✗|✘|❌|×|\bnot ok\b|--- FAIL|\bFAIL(?:ED|URE|URES|S)?\b|\b(?:failed|failing|failure|failures)\b|\berror\b|\b[A-Z]\w*(?:Error|Exception)\b/i;
/** What differs from one run to the next: times, counts, addresses, folders of the moment. */
const PASSING = /0x[0-9a-f]+|\b[0-9a-f]{12,}\b|\/tmp\/\S*|\d+(?:[.,:]\d+)*/gi;
/** What a runner says of how many failed. */
const FAILED_COUNT = /(\d+)\s+(?:failed|failing|failures?)\b|\b(?:fail|failed|failures?)\b\s*[:=]?\s*(\d+)/gi;
const LINE_MAX_CHARS = 400;

/** No: it failed in a new way, did not fail before, or did not run before. */
export function failedBefore(run: CheckRunRecord, before: readonly CheckRunRecord[]): boolean {
  return before.some(
    (earlier) =>
      earlier.command === run.command &&
      earlier.exitCode !== 0 &&
      earlier.exitCode === run.exitCode &&
      earlier.timedOut === run.timedOut &&
      saysNothingNew(run.output, earlier.output),
  );
}

function saysNothingNew(output: string, earlier: string): boolean {
  if (failedCount(output) > failedCount(earlier)) return false;
  // Two cases can differ by a number alone: as many lines of a kind are known as there were of it.
  const known = Map.groupBy(failureLines(earlier), (line) => line);
  const now = Map.groupBy(failureLines(output), (line) => line);
  return [...now].every(([line, alike]) => alike.length <= (known.get(line)?.length ?? 0));
}

function failedCount(output: string): number {
  const counts = [...output.matchAll(FAILED_COUNT)].map(([, before, after]) => Number(before ?? after));
  return Math.max(0, ...counts);
}

function failureLines(output: string): readonly string[] {
  return output
    .split('\n')
    .map((line) => line.slice(0, LINE_MAX_CHARS))
    .filter((line) => FAILURE.test(line))
    .map((line) => line.replace(PASSING, '#').replace(/\s+/g, ' ').trim());
}
