/** GitHub's `Link` header, which tells where a list goes on: https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api */

/** A parameter of the link to the `rel` page; null when there is none. */
export function linkParameter(link: string | undefined, rel: 'next' | 'last', name: string): string | null {
  const [, url] = new RegExp(`<([^>]+)>;\\s*rel="${rel}"`).exec(link ?? '') ?? [];
  return url === undefined ? null : new URL(url).searchParams.get(name);
}
