// The part of a role's mandate that concerns one kind of job. A role file says so itself: a heading that ends in the names
// of products in brackets, `## How you repair (work)`, opens a section for jobs of those products only, and a list item
// that begins with one in bold, `- **review** …`, is for jobs of that product only. All else is for every job.
import { ROLE_PRODUCTS, type RoleProduct } from '../../core/roles.ts';

const NAMES = ROLE_PRODUCTS.join('|');
const HEADING = /^(#{1,6}) +(.*?) *$/;
const ONLY_FOR = new RegExp(`^(.*?) +\\(((?:${NAMES})(?:, *(?:${NAMES}))*)\\)$`);
const ITEM = new RegExp(`^- +\\*\\*(${NAMES})\\*\\*`);

export function mandateFor(mandate: string, product: RoleProduct): string {
  const kept: string[] = [];
  /** Level of the heading that opened a section left out; null outside of one. */
  let leftOutAt: number | null = null;
  let inOtherItem = false;
  for (const line of mandate.split('\n')) {
    const heading = HEADING.exec(line);
    if (heading !== null) {
      const [, marks = '', title = ''] = heading;
      inOtherItem = false;
      if (leftOutAt !== null && marks.length > leftOutAt) continue;
      const [, name = title, products = product] = ONLY_FOR.exec(title) ?? [];
      leftOutAt = products.split(/, */).includes(product) ? null : marks.length;
      if (leftOutAt === null) kept.push(`${marks} ${name}`);
      continue;
    }
    if (/^\S/.test(line) || line.trim() === '') inOtherItem = (ITEM.exec(line)?.[1] ?? product) !== product;
    if (leftOutAt === null && !inOtherItem) kept.push(line);
  }
  return kept
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
