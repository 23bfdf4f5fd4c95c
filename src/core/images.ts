/**
 * Images in what the crew says, made text: GitHub fetches one for whoever looks at it, so its address would carry what an agent
 * has read to any host, without a click. The crew shows none itself. Pure.
 */

/** Raw HTML that fetches. */
const FETCHING_TAG = /<(?=\/?(?:img|image|picture|source|svg|video|audio|track|embed|object|iframe)\b)/gi;

/** `text`: outside code, of one line at most. */
export function withoutImages(text: string): string {
  return text.replace(/!\[/g, '!\\[').replace(FETCHING_TAG, '&lt;');
}
