// What one reviewer alone is told: which files are its own, which earlier findings it judges, which candidates it looks at
// a second time. Kept short: it is paid for once a reviewer, where the shared part is paid for once a group.
import type { Candidate, Survey } from '../../core/review-records.ts';
import { ownsPath, type Role } from '../../core/roles.ts';
import { BRIEFING_LIMITS as LIMITS } from './limits.ts';
import { findingText } from './reply-sections.ts';
import { earlierId, groupOf } from './review-sections.ts';
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

/**
 * Ids of the earlier findings that a reviewer of a group judges again: its own, and, for the group's first reviewer, those of
 * which nobody in the group was the finder.
 */
export function toJudge(survey: Survey, paths: readonly string[], roleName: string): readonly string[] {
  const reviewers = groupOf(survey, paths)?.reviewers ?? [];
  const ids = survey.earlier.map(({ finding, now, reread }, at) => {
    const here = paths.includes(now?.path ?? finding.path) || paths.includes(finding.path);
    const finders = reviewers.filter((name) => finding.roles.includes(name));
    const mine = finders.length > 0 ? finders.includes(roleName) : reviewers[0] === roleName;
    return finding.state === 'open' && reread && here && mine ? [earlierId(at)] : [];
  });
  return ids.slice(0, LIMITS.earlierFindings).flat();
}

export function candidatesSection(candidates: readonly Candidate[]): string {
  const shown = candidates.slice(0, LIMITS.candidates).map((candidate) => {
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
  const rest =
    shown.length < candidates.length
      ? [`[cut: ${count(shown.length)} of ${count(candidates.length)} candidates shown]`]
      : [];
  return ['<candidates>', ...shown, ...rest, '</candidates>'].join('\n');
}
