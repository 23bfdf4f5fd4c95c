/** How the time of a computation grows with the length of a hostile text. Bounds nothing in seconds: machines differ. */
const CHARS = 100_000;
const TIMES_LONGER = 4;
/** Four times as long takes four times the time if that is linear, and sixteen times if it is quadratic. */
const TIMES_SLOWER_MAX = 10;
/** Below this, the clock and the compiler are measured. */
const MEASURABLE_MS = 10;
const RUNS = 3;

/** What hostile texts begin with, and what they go on with. */
const HOSTILE: readonly (readonly [string, string])[] = [
  ...['\n', '\r\n', ' \n', '-\n', '>', '> \n', '`', '` ', '```\n', '~~~ x\n', '- ', '1. ', ' ', '\t'],
  ...['<', '<!--', '<!-- ', '</', '[', '](', '[^', '[^1]: ', '\\', '@', '@a ', '&#64;', '|', '$', '*'],
  ...['fixes ', 'fixes: ', 'a', '=\n', '<!-- crew:', '\u200b', '://'],
]
  .map((unit): readonly [string, string] => ['', unit])
  .concat([
    ['<', ' '],
    ['</', '\n'],
    ['<!--', ' '],
    ['fixes', ' '],
    ['fixes:', '\n'],
    ['```', ' '],
  ]);

/** Every hostile text to which `compute` takes more time than in proportion to its length; `more`: what others go on with. */
export function slowTexts(
  compute: (text: string) => unknown,
  more: readonly string[] = [],
): readonly string[] {
  const hostile = [...HOSTILE, ...more.map((unit): readonly [string, string] => ['', unit])];
  return hostile.filter(([start, unit]) => !isLinear(compute, start, unit)).map((parts) => parts.join(' … '));
}

function isLinear(compute: (text: string) => unknown, start: string, unit: string): boolean {
  // Ends in something else, so that what looks for an end goes through all of it.
  const textOf = (chars: number): string => `${start}${unit.repeat(Math.ceil(chars / unit.length))}x\``;
  const longMs = (runs: number): number => fastestMs(compute, textOf(CHARS), runs);
  if (longMs(1) <= TIMES_SLOWER_MAX * MEASURABLE_MS) return true;
  const shortMs = Math.max(fastestMs(compute, textOf(CHARS / TIMES_LONGER), RUNS), MEASURABLE_MS);
  return longMs(RUNS) <= TIMES_SLOWER_MAX * shortMs;
}

/** Of the processor: what else the machine does is not measured. */
function fastestMs(compute: (text: string) => unknown, text: string, runs: number): number {
  let fastest = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage();
    compute(text);
    fastest = Math.min(fastest, process.cpuUsage(before).user / 1_000);
  }
  return fastest;
}
