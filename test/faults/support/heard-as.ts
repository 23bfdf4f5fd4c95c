/** As whose words a model is told what people say. */
import type { Canaries } from './canaries.ts';

/** Whoever is heard is named: an author without access as one. Of what was not said, nothing is asked. */
export function unmarked(
  text: string,
  { wanted }: Canaries,
  { writer, author }: { readonly writer: string; readonly author: string },
): readonly string[] {
  const marks = [
    ['body by the author', `author="${author}" writer="false"`],
    ['body of a pull request', `fork="true" author="${author}" writer="false"`],
    ['linked issue', 'author="merci" writer="false"'],
    ['comment by a writer', `<comment author="${writer}">`],
    ['answer by a writer', `<note author="${writer}">`],
    ['word to those at work', `<message from="${writer}">`],
    ['a question by a writer', `<question author="${writer}">`],
    ['word by a writer on the pull request', `author="${writer}"`],
    ['reply in a thread by a writer', `<message author="${writer}" ours="false">`],
  ] as const;
  return marks.flatMap(([from, mark]) => {
    const word = wanted.find((one) => one.from === from)?.word;
    if (word === undefined) return [];
    // A comment is one among others where it is not what is asked.
    const said = [...text.matchAll(new RegExp(word, 'g'))].map(({ index }) =>
      text.slice(Math.max(0, index - 2_000), index),
    );
    return said.some((before) => before.includes(mark)) ? [] : [`${from} is not marked by ${mark}`];
  });
}

export function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}
