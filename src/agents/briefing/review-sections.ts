// What all reviewers of one group of files are shown before the diff: what the repository asks of them, what the pull request
// says, what was found before, how to review, and all that is changed. The same for each of them, and for the second look.
import { SEVERITIES } from '../../core/answers.ts';
import type { ReviewRequest } from '../../core/request-records.ts';
import type { FileCoverage, SurveyedFile } from '../../core/result-records.ts';
import { earlierShown, groupReading } from '../../core/review/earlier-judges.ts';
import { pathNow } from '../../core/review/finding-place.ts';
import { settingsFor } from '../../core/review/review-plan.ts';
import type { FileGroup, PathInstruction, Survey } from '../../core/review/review-records.ts';
import { REVIEW_RULES } from './instructions.ts';
import { BRIEFING_LIMITS as LIMITS } from './limits.ts';
import { findingText } from './reply-sections.ts';
import { commentSections, linkedIssueSections, pullRequestSection } from './subject-sections.ts';
import { attribute, count, escapeTags, quoteText } from './untrusted-text.ts';

/** `paths` are the files of the group. */
export function reviewSections(
  { pullRequest, config }: ReviewRequest,
  survey: Survey,
  paths: readonly string[],
): readonly string[] {
  const group = groupReading(survey, paths);
  const settings = paths.map((path) => settingsFor(path, config, survey.directories));
  return [
    ...pathInstructionsSection(settings.flatMap(({ instructions }) => instructions)),
    ...memoriesSection(survey),
    pullRequestSection(pullRequest),
    ...linkedIssueSections(pullRequest.linkedIssues),
    ...commentSections(pullRequest),
    ...earlierSection(survey, group),
    `<review_rules>\n${REVIEW_RULES}\n\n${boundsOf(settings)}\n</review_rules>`,
    changedFilesSection(survey, group),
  ];
}

/** What holds for at least one file of the group, each once. */
function pathInstructionsSection(instructions: readonly PathInstruction[]): readonly string[] {
  const lines = instructions.map(
    ({ path, instructions: text }) =>
      `- ${escapeTags(attribute(path))}: ${oneLine(text, LIMITS.pathInstruction)}`,
  );
  const once = [...new Set(lines)];
  return listSection('path_instructions', once.slice(0, LIMITS.pathInstructions), once.length);
}

function memoriesSection({ memories }: Survey): readonly string[] {
  const lines = memories
    .slice(0, LIMITS.memories)
    .map(({ id, kind, text }) => `- [${attribute(id)}] ${kind}: ${oneLine(text, LIMITS.memory)}`);
  return listSection('memories', lines, memories.length);
}

/** Bounds are a matter of the repository's configuration; below them the second look and the assembly decide. */
function boundsOf(settings: readonly ReturnType<typeof settingsFor>[]): string {
  const lowest = SEVERITIES.findLast((severity) => settings.some((one) => one.severity === severity));
  return `Report findings of severity ${lowest ?? 'medium'} and above.`;
}

function earlierSection(survey: Survey, group: FileGroup | undefined): readonly string[] {
  const shown = earlierShown(survey, group).map(({ id, earlier: one }) => {
    const { finding, now, reread } = one;
    const place = `path="${attribute(pathNow(one))}" line="${now?.line ?? 'gone'}"`;
    const state = `severity="${finding.severity}" state="${finding.state}" reread="${reread}"`;
    const head = `id="${id}" roles="${attribute(finding.roles.join(', '))}" ${place} ${state}`;
    return [`<earlier_finding ${head}>`, ...findingText(finding), '</earlier_finding>'].join('\n');
  });
  return listSection('earlier_findings', shown, survey.earlier.length);
}

/** All that is changed: this group's files first, then what others read, then what nobody reads. */
function changedFilesSection({ files, manifest, groups }: Survey, group: FileGroup | undefined): string {
  const coverageOf = new Map(manifest.map((coverage) => [coverage.path, coverage]));
  const partOf = new Map(groups.flatMap(({ index, paths }) => paths.map((path) => [path, index] as const)));
  const rank = ({ path }: SurveyedFile) => {
    const part = partOf.get(path);
    return part === undefined ? 2 : part === group?.index ? 0 : 1;
  };
  const lines = files
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, LIMITS.changedFiles)
    .map((file) => {
      const part = partOf.get(file.path);
      const where = part === undefined ? '' : part === group?.index ? ', in this diff' : `, in part ${part}`;
      return `${describeFile(file)}${describeCoverage(coverageOf.get(file.path))}${where}`;
    });
  return listSection('changed_files', lines, files.length).join('\n');
}

function describeFile({ path, oldPath, status, additions, deletions }: SurveyedFile): string {
  const from = oldPath === path ? '' : ` from ${attribute(oldPath)}`;
  return escapeTags(`- ${attribute(path)} (${status}${from}, +${additions} -${deletions}): `);
}

function describeCoverage(coverage: FileCoverage | undefined): string {
  if (coverage === undefined) return 'not read';
  const reason = coverage.reason === null ? '' : ` (${oneLine(coverage.reason, LIMITS.title)})`;
  return `${READ[coverage.read]}${reason}`;
}

const READ = { full: 'read in full', part: 'read in part', skipped: 'not read' } as const;

/** Nothing at all for an empty list. */
function listSection(tag: string, shown: readonly string[], all: number): readonly string[] {
  if (all === 0) return [];
  const rest = shown.length < all ? [`[cut: ${count(shown.length)} of ${count(all)} shown]`] : [];
  return [[`<${tag}>`, ...shown, ...rest, `</${tag}>`].join('\n')];
}

function oneLine(text: string, maxChars: number): string {
  return quoteText(text, maxChars).replace(/\s+/g, ' ');
}
