// What one reviewer alone is told: which files are its own, which candidates it looks at a second time. Kept short: it is
// paid for once a reviewer, where the shared part is paid for once a group.
import type { Candidate } from '../../core/review/review-records.ts';
import { ownsPath, type Role } from '../../core/roles.ts';
import { BRIEFING_LIMITS as LIMITS } from './limits.ts';
import { findingText } from './reply-sections.ts';
import { attribute, count, escapeTags, quoteText } from './untrusted-text.ts';

/** A role of tier 1 reads the whole, and so does one that was asked for files that it does not own. */
export function yourFilesSection(role: Role, paths: readonly string[]): string {
  const own = role.tier === 1 ? [] : paths.filter((path) => ownsPath(role, path));
  const shown =
    own.length === 0 || own.length === paths.length
      ? ['all files of the diff']
      : own.slice(0, LIMITS.ownFiles).map((path) => escapeTags(attribute(path)));
  const rest =
    own.length > LIMITS.ownFiles && own.length < paths.length
      ? [`[cut: ${count(LIMITS.ownFiles)} of ${count(own.length)} shown]`]
      : [];
  return ['<your_files>', ...shown, ...rest, '</your_files>'].join('\n');
}

/** All that are asked for: the core bounds them. */
export function candidatesSection(candidates: readonly Candidate[]): string {
  const shown = candidates.map((candidate) => {
    const { id, roles, path, anchor, severity, category, evidence } = candidate;
    const line = anchor.kind === 'inline' ? String(anchor.line) : 'none';
    const place = `path="${attribute(path)}" line="${line}"`;
    const what = `severity="${severity}" category="${attribute(category)}"`;
    return [
      `<candidate id="${attribute(id)}" roles="${attribute(roles.join(', '))}" ${place} ${what}>`,
      ...findingText(candidate),
      `<evidence>\n${quoteText(evidence, LIMITS.findingText)}\n</evidence>`,
      '</candidate>',
    ].join('\n');
  });
  return ['<candidates>', ...shown, '</candidates>'].join('\n');
}
