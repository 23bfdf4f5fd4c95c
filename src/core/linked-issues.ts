/**
 * Which issues of its own repository a pull request says it closes, by GitHub's keywords. Pure; the text is hostile and
 * is read in one pass. Source: https://docs.github.com/issues/tracking-your-work-with-issues/linking-a-pull-request-to-an-issue
 */
import { changeOutsideCode } from './outside-code.ts';
import type { Repository } from './records.ts';

/** Issues of one pull request that are read. */
const LINKED_ISSUES_MAX = 5;

/** GitHub's own limit of a body. */
const BODY_MAX_CHARS = 65_536;
const CLOSES =
  /(?<![\w-])(?:close[sd]?|fix(?:es|ed)?|resolve[sd]?):?[ \t]{1,4}(?:([\w.-]{1,100}\/[\w.-]{1,100})?#|GH-|https?:\/\/[\w.:-]{1,250}\/([\w.-]{1,100}\/[\w.-]{1,100})\/issues\/)(\d{1,9})(?!\w)/gi;

/** In the order in which they are named, each once. */
export function linkedIssueNumbers(
  body: string,
  repository: Pick<Repository, 'owner' | 'name'>,
): readonly number[] {
  const own = `${repository.owner}/${repository.name}`.toLowerCase();
  const numbers = new Set<number>();
  changeOutsideCode(withoutHtmlComments(body.slice(0, BODY_MAX_CHARS)), (text) => {
    for (const [, short, long, digits] of text.matchAll(CLOSES)) {
      const named = (short ?? long ?? own).toLowerCase();
      if (named === own && Number(digits) > 0) numbers.add(Number(digits));
    }
    return text;
  });
  return [...numbers].slice(0, LINKED_ISSUES_MAX);
}

/** What a template explains to its writer says nothing about this pull request. One that is not closed hides all that follows. */
function withoutHtmlComments(text: string): string {
  const [first = '', ...others] = text.split('<!--');
  const shown = others.map((part) => {
    const end = part.indexOf('-->');
    return end === -1 ? '' : part.slice(end + '-->'.length);
  });
  return [first, ...shown].join('');
}
