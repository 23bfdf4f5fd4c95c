/** As whose words a model is told what people say. */
import type { Canaries } from './canaries.ts';

/** The tags that say whose words follow. */
const SAYS_WHOSE = /<[a-z_]+ [^<>]*\b(?:author|from)="[^<>]*>/g;
/** From a tag to the word that is looked for, as it is said here. */
const MARKED_WITHIN_CHARS = 2_000;

/** Whoever is heard is named, each time: an author without access as one. Of what was not said, nothing is asked. */
export function unmarked(
  text: string,
  { wanted }: Canaries,
  { writer, author }: { readonly writer: string; readonly author: string },
): readonly string[] {
  const comment = `<comment author="${writer}">`;
  // What is asked is a comment among others too, wherever the others are told.
  const marks = [
    // The crew's own pull request bears it, too.
    ['title by the author', `author="${author}" writer="false"`, '[bot]" writer="false"'],
    ['body by the author', `author="${author}" writer="false"`],
    ['title of a pull request', `fork="true" author="${author}" writer="false"`],
    ['body of a pull request', `fork="true" author="${author}" writer="false"`],
    ['title of a linked issue', 'author="merci" writer="false"'],
    ['linked issue', 'author="merci" writer="false"'],
    ['comment by a writer', comment],
    ['answer by a writer', `<note author="${writer}">`, comment],
    ['word to those at work', `<message from="${writer}">`, comment],
    ['a question by a writer', `<question author="${writer}">`, comment],
    ['word by a writer on the pull request', `author="${writer}"`, comment],
    ['reply in a thread by a writer', `<message author="${writer}" ours="false">`],
  ] as const;
  return marks.flatMap(([from, mark, other = mark]) => {
    const word = wanted.find((one) => one.from === from)?.word;
    if (word === undefined) return [];
    const tags = [...text.matchAll(new RegExp(word, 'g'))].map(({ index }) => whoseBefore(text, index));
    const odd = tags.find((tag) => !tag.includes(mark) && !tag.includes(other));
    if (odd !== undefined) return [`${from} is marked by ${odd} once, not by ${mark}`];
    return tags.some((tag) => tag.includes(mark)) ? [] : [`${from} is never marked by ${mark}`];
  });
}

/** The last tag of these before a place; '' where there is none near. */
function whoseBefore(text: string, index: number): string {
  const before = text.slice(Math.max(0, index - MARKED_WITHIN_CHARS), index);
  return [...before.matchAll(SAYS_WHOSE)].at(-1)?.[0] ?? '';
}

export function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}
