// An audit's answer as it is kept: bounded, each finding held against the diff, and with what of the diff nobody was shown.
import type { AuditAnswer } from '../core/answers.ts';
import type { FileDiff } from '../core/diff.ts';
import { fileUnread, findingsLeftOut, moreUnread, nothingToAudit } from '../core/messages/gate-reasons.ts';
import type { Outcome } from '../core/result-records.ts';
import { spellingsOf } from '../core/review/anchor.ts';
import { rank } from '../core/review/severity.ts';
import type { ReviewedDiff } from './job-source.ts';

type Audit = Extract<Outcome, { kind: 'audit' }>;

const AUDIT_LIMITS = {
  findings: 50,
  unread: 100,
} as const;

/** A change of nothing needs no model. */
export const auditOfNothing: Audit = {
  kind: 'audit',
  answer: { summary: nothingToAudit, findings: [] },
  unread: [],
};

export function isEmpty({ files, elsewhere }: ReviewedDiff): boolean {
  return files.length === 0 && elsewhere.length === 0;
}

/** Gravest findings first, as it must be for the worst to be kept. */
export function collectAudit(answer: AuditAnswer, reviewed: ReviewedDiff): Audit {
  const sorted = answer.findings.toSorted((a, b) => rank(a.severity) - rank(b.severity));
  const placed = sorted.slice(0, AUDIT_LIMITS.findings).map((finding) => {
    const file = fileOf(finding.path, reviewed.files);
    return { finding: { ...finding, path: file?.path ?? finding.path }, file };
  });
  const offDiff = placed.flatMap(({ finding, file }, index) =>
    file !== undefined && standsIn(file, finding.line) ? [] : [index],
  );
  const left = sorted.length - placed.length;
  return {
    kind: 'audit',
    answer: { summary: answer.summary, findings: placed.map(({ finding }) => finding) },
    unread: [...unreadOf(reviewed), ...(left === 0 ? [] : [findingsLeftOut(left)])],
    offDiff,
  };
}

function fileOf(path: string, files: readonly FileDiff[]): FileDiff | undefined {
  const names = spellingsOf(path);
  return (
    files.find((file) => names.includes(file.path)) ?? files.find((file) => names.includes(file.oldPath))
  );
}

/** On a line as it is after the change: GitHub annotates no others. */
function standsIn({ hunks }: FileDiff, line: number): boolean {
  return hunks.some(({ lines }) => lines.some(({ newLine }) => newLine !== null && newLine === line));
}

function unreadOf({ readable, elsewhere }: ReviewedDiff): readonly string[] {
  const partly = readable.coverage.filter(({ read }) => read !== 'full');
  const all = [...elsewhere, ...partly.map(fileUnread)];
  const shown = all.slice(0, AUDIT_LIMITS.unread);
  return all.length > shown.length ? [...shown, moreUnread(all.length - shown.length)] : shown;
}
