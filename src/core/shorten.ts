/** Text of at most `limit` characters for records and titles; what is cut off is marked. Texts for GitHub: `cutText`. */
export function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`;
}
