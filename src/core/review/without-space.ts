/** Lines of code are the same when only white space changed: quotes are compared without it. Pure. */
export function withoutSpace(text: string): string {
  return text.replace(/\s+/g, '');
}
