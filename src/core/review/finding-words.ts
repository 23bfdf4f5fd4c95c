/**
 * Whether two findings speak of the same fault, by their words alone: several reviewers never word it the same way. Pure. Errs
 * towards "different", since what is taken for the same is said once, in the words of one.
 */
import type { Finding } from '../answers.ts';

export type Worded = Pick<Finding, 'title' | 'body' | 'category'>;

/** Read of a text; a finding is recognised by how it begins. */
const READ_CHARS = 1_000;
const ANY_WORD = /[\p{L}\p{N}]+/gu;
const WORD = /[\p{L}\p{N}]{3,}/gu;
const ENDING = /(?:ations?|ions?|ings?|ers?|ed|es|ly|s)$/;
const STEM_MIN_CHARS = 3;
/** Words that titles of unlike faults share. */
const COMMON = new Set(
  [
    'the and for are was not but its this that with from into can will may has have does when then than more',
    'code line function file value error user data fails called one all any',
  ]
    .join(' ')
    .split(' '),
);
/** Categories that say nothing of the fault: two faults of one line may both be of them. */
const BROAD = new Set(
  'bug bugs correctness logic error errors reliability robustness runtime quality security performance maintainability general other'.split(
    ' ',
  ),
);
/** Shares of the shorter text's words that both have. */
const TITLE_SHARE = 0.5;
const TEXT_SHARE = 0.5;
const TEXT_WORDS_MIN = 5;
const AKIN_WORDS_MIN = 3;
/** Of all words of two titles. */
const SAME_TITLE_SHARE = 0.6;
/** A shorter title, the same twice, may be of two faults. */
const TELLING_TITLE_WORDS = 3;
/** Of what the shorter text says beyond the words of both titles. */
const MORE_SHARE = 0.25;
const TOLD_SHARE = 0.6;

/** The same fault in other words: titles alone say it only when they are the same and tell much. */
export function isAlike(a: Worded, b: Worded): boolean {
  if (isOneFault(a, b)) return true;
  const titles = shared(wordsOf(a).title, wordsOf(b).title);
  const least = isOfTellingCategory(a, b) ? 1 : 2;
  if (titles.both >= least && titles.share >= TITLE_SHARE && sharesMore(a, b)) return true;
  const texts = shared(wordsOf(a).text, wordsOf(b).text);
  return texts.both >= TEXT_WORDS_MIN && texts.share >= TEXT_SHARE;
}

/** The same title, and it tells much or the texts go on alike. */
export function isOneFault(a: Worded, b: Worded): boolean {
  if (!sameTitle(a, b)) return false;
  const [left, right] = [wordsOf(a).title, wordsOf(b).title];
  const same = left.size === right.size && shared(left, right).both === left.size;
  return (same && left.size >= TELLING_TITLE_WORDS) || sharesMore(a, b);
}

/** Whether the texts have words in common beyond those that both titles have, or one has none. */
export function sharesMore(a: Worded, b: Worded): boolean {
  const [left, right] = [wordsOf(a), wordsOf(b)];
  const beyond = ({ text }: Words) =>
    new Set([...text].filter((word) => !(left.title.has(word) && right.title.has(word))));
  const [one, other] = [beyond(left), beyond(right)];
  return one.size === 0 || other.size === 0 || shared(one, other).share >= MORE_SHARE;
}

/** Enough in common to be told together, though maybe not the same. */
export function isAkin(a: Worded, b: Worded): boolean {
  return sameCategory(a, b) || shareWords(a, b);
}

/** The same kind of fault, and the texts go on alike. */
export function isOfOneKind(a: Worded, b: Worded): boolean {
  return isOfTellingCategory(a, b) && shareWords(a, b) && sharesMore(a, b);
}

function isOfTellingCategory(a: Worded, b: Worded): boolean {
  return sameCategory(a, b) && !BROAD.has(plain(a.category));
}

export function shareWords(a: Worded, b: Worded): boolean {
  if (shared(wordsOf(a).title, wordsOf(b).title).both > 0) return true;
  return shared(wordsOf(a).text, wordsOf(b).text).both >= AKIN_WORDS_MIN;
}

/** Much the same title. */
export function sameTitle(a: Worded, b: Worded): boolean {
  const [left, right] = [wordsOf(a).title, wordsOf(b).title];
  if (left.size === 0 || right.size === 0) return false;
  const { both } = shared(left, right);
  return both / (left.size + right.size - both) >= SAME_TITLE_SHARE;
}

/** Whether most of what `title` says stands in `text` already. */
export function tells(text: string, title: string): boolean {
  const words = stems(title);
  return words.size > 0 && shared(words, stems(text)).both / words.size >= TOLD_SHARE;
}

export function sameCategory(a: Pick<Finding, 'category'>, b: Pick<Finding, 'category'>): boolean {
  return plain(a.category) === plain(b.category);
}

function plain(category: string): string {
  return category.trim().toLowerCase();
}

interface Words {
  readonly title: ReadonlySet<string>;
  /** Of title and body. */
  readonly text: ReadonlySet<string>;
}

/** Each finding is compared with hundreds of others. */
const known = new WeakMap<Worded, Words>();

function wordsOf(finding: Worded): Words {
  const title = finding.title.slice(0, READ_CHARS / 2);
  const words = known.get(finding) ?? { title: stems(title), text: stems(`${title} ${finding.body}`) };
  known.set(finding, words);
  return words;
}

function stems(text: string): ReadonlySet<string> {
  const split = text
    .slice(0, READ_CHARS)
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase();
  const words = (split.match(WORD) ?? []).filter((word) => !COMMON.has(word));
  // Where all are common or short, it goes by those.
  return new Set(words.length > 0 ? words.map(stem) : split.match(ANY_WORD));
}

function stem(word: string): string {
  const short = word.replace(ENDING, '').replace(/e$/, '');
  return short.length >= STEM_MIN_CHARS ? short : word;
}

function shared(a: ReadonlySet<string>, b: ReadonlySet<string>): { both: number; share: number } {
  const both = [...a].filter((word) => b.has(word)).length;
  const least = Math.min(a.size, b.size);
  return { both, share: least === 0 ? 0 : both / least };
}
