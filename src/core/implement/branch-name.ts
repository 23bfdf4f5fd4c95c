/** The branch of a task's pull request, by the template of `branch:` in `.github/crew.yml`. Pure. */
import type { IssueSnapshot } from '../request-records.ts';

export const BRANCH_DEFAULT = 'crew/{issue}-{slug}';
/** Whatever else it is made of: the crew knows its branches by this, and takes nobody else's. */
const BRANCH_PREFIX = 'crew/';
const SLUG_MAX_CHARS = 40;
const PLACEHOLDER = /\{(\w+)\}/g;
const PLACEHOLDERS = ['issue', 'slug'];
/** What git takes as a branch's name, and a bit less. */
const NAME = /^(?!.*(?:\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)))\w[\w./-]{0,199}(?<![./])$/;

/** Why a template makes no name of a branch; null when it does. */
export function branchProblem(template: string): string | null {
  const unknown = [...template.matchAll(PLACEHOLDER)].find(([, name = '']) => !PLACEHOLDERS.includes(name));
  if (unknown !== undefined) return `${unknown[0]} is no placeholder; there are {issue} and {slug}`;
  if (!template.startsWith(BRANCH_PREFIX)) return `it does not begin with ${BRANCH_PREFIX}`;
  if (!template.includes('{issue}')) return 'without {issue} all issues would share one branch';
  return NAME.test(filled(template, 1, 'a')) ? null : 'git takes no branch of such a name';
}

/** `attempt` counts the tasks of one issue: a later one never meets the branch of an earlier. */
export function branchName(
  template: string,
  { number, title }: Pick<IssueSnapshot, 'number' | 'title'>,
  attempt: number,
): string {
  const name = filled(template, number, slugOf(title));
  return attempt === 1 ? name : `${name}-${attempt}`;
}

/** Whether git, and we, take it as a branch's name. */
export function isBranchName(name: string): boolean {
  return NAME.test(name);
}

function filled(template: string, issue: number, slug: string): string {
  return template.replaceAll('{issue}', String(issue)).replaceAll('{slug}', slug);
}

export function slugOf(title: string): string {
  const slug = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, SLUG_MAX_CHARS)
    .replace(/-+$/, '');
  return slug || 'task';
}
