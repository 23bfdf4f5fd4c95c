/** Every sentence about what the crew learned of a repository, and those that it remembers as learned. */
import type { Memory, TrackedFinding } from '../review/review-records.ts';
import { shorten } from '../shorten.ts';
import { code, count, inlineText } from './format.ts';

const TITLE_MAX_CHARS = 200;
const TEXT_MAX_CHARS = 400;
const QUOTE_MAX_CHARS = 120;
const ID_MAX_CHARS = 20;
/** Memories that one answer lists. */
export const MEMORIES_SHOWN_MAX = 50;
/** Memories that one command forgets. */
export const FORGOTTEN_MAX = 20;

export function unwantedFinding({ title, category }: TrackedFinding): string {
  return `Findings like "${flat(title)}" (${flat(category)}) are not wanted.`;
}

export function valuedFinding({ title, category }: TrackedFinding): string {
  return `Findings like "${flat(title)}" (${flat(category)}) are welcome.`;
}

export const memoryUsage = `Write ${code('/crew memory')} to list what the crew learned of this repository, or ${code('/crew memory forget <id> …')} to have it forget some of it.`;

/** `more`: there are others that were not read. */
export function memoryComment(memories: readonly Memory[], more: boolean): string {
  if (memories.length === 0) {
    return 'The crew learned nothing of this repository yet. It learns from resolved threads, reactions and replies to its findings.';
  }
  const rows = memories.map((memory) => {
    const { by, number, url, quote } = memory.evidence;
    const place = url === null ? `#${number}` : `[#${number}](${url})`;
    const said = `${inlineText(by, TITLE_MAX_CHARS)} in ${place}: ${inlineText(quote, QUOTE_MAX_CHARS)}`;
    const where = memory.path === null ? '' : ` (${code(memory.path).replaceAll('|', '\\|')})`;
    const text = `${inlineText(memory.text, TEXT_MAX_CHARS)}${where}`;
    const used = count(memory.uses, 'time');
    return `| ${code(memory.id)} | ${memory.kind} | ${text} | ${said} | ${used} | ${memory.expiresAt.slice(0, 10)} |`;
  });
  return [
    'What the crew learned of this repository, newest first:',
    '',
    '| Id | Kind | What | From | Used | Until |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    ...(more ? ['', `Only the newest ${MEMORIES_SHOWN_MAX} are shown.`] : []),
    '',
    `${code('/crew memory forget <id>')} removes one; it takes write access. Each use puts its end off.`,
  ].join('\n');
}

export function forgotten(ids: readonly string[]): string {
  return `Forgotten: ${listed(ids)}.`;
}

export function noSuchMemory(ids: readonly string[]): string {
  return `There is no memory ${listed(ids)} here. ${code('/crew memory')} lists them. Nothing was forgotten.`;
}

export function tooManyForgotten(given: number): string {
  return `${count(given, 'id')} were given; at most ${FORGOTTEN_MAX} memories are forgotten by one command. Nothing was forgotten.`;
}

function listed(ids: readonly string[]): string {
  return ids
    .slice(0, FORGOTTEN_MAX)
    .map((id) => code(id.slice(0, ID_MAX_CHARS)))
    .join(', ');
}

/** Without quotation marks of its own, on one line. */
function flat(text: string): string {
  const line = text.replace(/[\s\p{Cc}"]+/gu, ' ').trim();
  return shorten(line, TITLE_MAX_CHARS);
}
