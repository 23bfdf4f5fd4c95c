/** Records of a review as the tests of its assembly want them: who found what, what the second look said, what was known. */

import type { Finding, RefuteAnswer, ReviewAnswer } from '../../src/core/answers.ts';
import type { FileDiff } from '../../src/core/diff.ts';
import type { Subtask } from '../../src/core/records.ts';
import type { ReviewRequest, TaskConfig } from '../../src/core/request-records.ts';
import type { Outcome } from '../../src/core/result-records.ts';
import { anchorFinding } from '../../src/core/review/anchor.ts';
import type { Survey } from '../../src/core/review/review-records.ts';
import type { TaskRecords } from '../../src/core/store-ports.ts';
import { config, finding, recordsOf, result, reviewTask, subtask, surveyOf } from '../support/records.ts';

/** Lines of each file below, all added. */
export const FILE_LINES = 200;
const PATHS = ['server/api.js', 'server/items.js', 'db/query.js', 'web/page.js'] as const;

/** Line `n` of `server/api.js` reads `server/api.js at n`. */
export const files: readonly FileDiff[] = PATHS.map((path) => ({
  path,
  oldPath: path,
  status: 'added',
  binary: false,
  additions: FILE_LINES,
  deletions: 0,
  hunks: [
    {
      header: `@@ -0,0 +1,${FILE_LINES} @@`,
      lines: Array.from({ length: FILE_LINES }, (_, index) => ({
        kind: 'added',
        oldLine: null,
        newLine: index + 1,
        text: `${path} at ${index + 1}`,
      })),
    },
  ],
}));

export const FAILED: Outcome = { kind: 'failed', cause: 'model_unavailable', message: 'The model was away.' };

/** A reviewer's findings, or another outcome of it. */
export type Answered = readonly Finding[] | Outcome;

export interface Review {
  /** By role, or `role-<group>`. */
  readonly reviews: Readonly<Record<string, Answered>>;
  readonly verdicts?: RefuteAnswer['verdicts'] | Outcome;
  readonly earlier?: Readonly<Record<string, ReviewAnswer['earlier']>>;
  readonly survey?: Partial<Survey>;
  readonly config?: Partial<TaskConfig>;
  readonly request?: Partial<ReviewRequest>;
}

export function reviewRecords(review: Review): TaskRecords {
  const task = reviewTask({
    state: 'publishing',
    request: { config: { ...config, ...review.config }, ...review.request },
  });
  const survey = surveyOf(PATHS, ['backend'], review.survey ?? {});
  const surveyed = done('survey', 'survey', 'strategist');
  const reviews = Object.entries(review.reviews).map(([name, answered]) => {
    const role = name.replace(/-\d+$/, '');
    const outcome = outcomeOf(answered, review.earlier?.[role] ?? [], survey);
    return { of: done(`review-${name}`, 'review', role, outcome), outcome };
  });
  const refute = done('refute', 'refute', 'qa');
  const { verdicts = [] } = review;
  const refuted: Outcome = 'kind' in verdicts ? verdicts : { kind: 'refutation', answer: { verdicts } };
  return recordsOf(task, {
    subtasks: [surveyed, ...reviews.map(({ of }) => of), refute],
    results: [
      result(surveyed, { kind: 'survey', survey }),
      ...reviews.map(({ of, outcome }) => result(of, outcome)),
      result(refute, refuted),
    ],
  });
}

export const confirmed = (id: string, severity: Finding['severity'] = 'critical') =>
  ({ id, verdict: 'confirmed', severity, reason: 'It is so.' }) as const;
export const refuted = (id: string) =>
  ({ id, verdict: 'refuted', severity: 'low', reason: 'The caller checks it.' }) as const;

/** A fault told by nothing but its words and place. */
export function fault(title: string, line: number, change: Partial<Finding> = {}): Finding {
  return finding({ title, line, body: `${title}, when it runs.`, evidence: '', category: 'bug', ...change });
}

function done(key: string, kind: Subtask['kind'], role: string, outcome?: Outcome): Subtask {
  return subtask({ key, kind, role, state: outcome?.kind === 'failed' ? 'failed' : 'done', files: PATHS });
}

function outcomeOf(answered: Answered, earlier: ReviewAnswer['earlier'], survey: Survey): Outcome {
  if (!Array.isArray(answered)) return answered as Outcome;
  const findings = answered as readonly Finding[];
  return {
    kind: 'findings',
    answer: { summary: '', findings: [...findings], earlier },
    anchors: findings.map((one) => anchorFinding(one, files)),
    coverage: survey.manifest.filter(({ read }) => read !== 'skipped'),
  };
}
