/**
 * The check run of a gate, at any moment of its life. It always comes to its end: what could not be checked is neutral, and what was
 * stopped is cancelled, each with the reason.
 */
import type { Annotation, EffectAction } from '../effect-records.ts';
import { type GateVerdict, gateVerdict } from '../gate/gate-verdict.ts';
import type { GateRequest } from '../request-records.ts';
import type { Outcome, SmokeProbe } from '../result-records.ts';
import { rank } from '../review/severity.ts';
import type { TaskRecords } from '../store-ports.ts';
import { FINDING_BODY_LIMIT } from './finding-comment.ts';
import {
  bullets,
  code,
  count,
  duration,
  firstThatFits,
  inlineText,
  joined,
  modelText,
  usd,
} from './format.ts';
import { checklist } from './progress.ts';

type Audit = Extract<Outcome, { kind: 'audit' }>;
type CheckRun = Extract<EffectAction, { kind: 'check_run' }>;

const SUMMARY_LIMIT = 50_000;
const REASON_LIMIT = 2_000;
const TITLE_LIMIT = 120;
const UNREAD_SHOWN = 20;
const ANNOTATIONS_LIMIT = 50;
/** Characters of each finding's text in the summary: less of it when the whole would not fit. */
const BODY_CHARS: readonly number[] = [FINDING_BODY_LIMIT, 600, 0];

function gateCheckName(name: string): string {
  return `crew / ${name}`;
}

export function gateCheck(records: TaskRecords, request: GateRequest): CheckRun {
  const { task } = records;
  const base = {
    kind: 'check_run',
    name: gateCheckName(request.name),
    headSha: request.headSha,
    annotations: [],
  } as const;
  const reason = modelText(task.reason ?? '', REASON_LIMIT);
  const summary = summaryOf(records, request, [reason, checklist(records)]);
  switch (task.state) {
    case 'done':
      return { ...base, status: 'completed', ...concluded(records, request) };
    case 'failed':
    case 'over_budget': {
      const title =
        task.state === 'failed' ? 'The gate could not be checked' : 'The gate ended at its budget';
      return { ...base, status: 'completed', conclusion: 'neutral', title, summary };
    }
    case 'stopped': {
      const title = 'The gate was stopped';
      return { ...base, status: 'completed', conclusion: 'cancelled', title, summary };
    }
    default: {
      const status = task.state === 'queued' ? 'queued' : 'in_progress';
      return { ...base, status, conclusion: null, title: whatRuns(request), summary };
    }
  }
}

/** Where the gates of a repository cannot be read, no check run of theirs comes: this one says why. */
export function gateConfigCheck(headSha: string, problems: string): CheckRun {
  return {
    kind: 'check_run',
    name: gateCheckName('gates'),
    headSha,
    status: 'completed',
    conclusion: 'neutral',
    title: 'The gates in .github/crew.yml cannot be read',
    summary: joined(['No gate is checked until this is mended.', problems]),
    annotations: [],
  };
}

function whatRuns({ trigger }: GateRequest): string {
  return trigger.on === 'deployment' ? 'Asking the deployment' : 'Auditing what was pushed';
}

function concluded(records: TaskRecords, request: GateRequest) {
  const verdict = gateVerdict(request, records);
  const outcomes = records.results.map(({ outcome }) => outcome);
  const smoked = outcomes.find((outcome) => outcome.kind === 'smoke');
  const audited = outcomes.find((outcome) => outcome.kind === 'audit');
  const reason = modelText(verdict.reason ?? '', REASON_LIMIT);
  const told = (bodyChars: number) => [
    reason,
    ...(smoked === undefined ? [] : [probesTable(smoked.probes)]),
    ...(audited === undefined ? [] : auditText(audited, bodyChars)),
  ];
  return {
    conclusion: verdict.conclusion,
    title: titleOf(verdict, smoked?.probes ?? [], audited),
    summary: firstThatFits(
      SUMMARY_LIMIT,
      BODY_CHARS.map((bodyChars) => () => summaryOf(records, request, told(bodyChars))),
    ),
    annotations: audited === undefined ? [] : annotationsOf(audited),
  } as const;
}

function summaryOf({ task }: TaskRecords, request: GateRequest, told: readonly string[]): string {
  const { trigger, headSha } = request;
  const sha = code(headSha.slice(0, 7));
  const what =
    trigger.on === 'deployment'
      ? `Deployment of ${sha} to ${code(trigger.environment.slice(0, TITLE_LIMIT))}: ${inlineText(trigger.url, 300)}`
      : `Push to ${code(trigger.branch.slice(0, TITLE_LIMIT))}: ${code((trigger.beforeSha ?? '').slice(0, 7) || 'nothing')} to ${sha}`;
  return joined([
    what,
    ...told,
    request.configProblems,
    `<sub>${usd(task.costUsd)} of ${usd(task.budgetUsd)} · task ${task.id}</sub>`,
  ]);
}

function titleOf(
  { conclusion }: GateVerdict,
  probes: readonly SmokeProbe[],
  audited: Audit | undefined,
): string {
  if (audited !== undefined) return auditTitle(audited, conclusion);
  const of = (verdict: SmokeProbe['verdict']) => probes.filter((probe) => probe.verdict === verdict).length;
  switch (conclusion) {
    case 'success':
      return `${count(probes.length, 'check')} passed`;
    case 'failure':
      return `${of('failed')} of ${count(probes.length, 'check')} failed`;
    case 'neutral':
      return probes.length === 0
        ? 'Not checked'
        : `${of('passed')} of ${count(probes.length, 'check')} passed, the rest is not certain`;
  }
}

function auditTitle({ answer }: Audit, conclusion: GateVerdict['conclusion']): string {
  const findings = answer.findings.length === 0 ? 'No finding' : count(answer.findings.length, 'finding');
  return conclusion === 'neutral' ? `${findings}, but not all was read` : findings;
}

const WORDS = {
  passed: '✅ passed',
  failed: '❌ failed',
  flaky: '⚠️ flaky',
  unavailable: '⚠️ unavailable',
  refused: '⚠️ not asked',
} as const satisfies Record<SmokeProbe['verdict'], string>;

function probesTable(probes: readonly SmokeProbe[]): string {
  const rows = probes.map(({ check, verdict, message, tries, durationMs }) => {
    const wanted = check.contains === null ? '' : `, containing ${inlineText(check.contains, 100)}`;
    const cells = [
      `${check.method} ${inlineText(check.path, 200)}`,
      `${check.status}${wanted}`,
      WORDS[verdict],
      inlineText(message, 500),
      tries,
      duration(durationMs),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return ['| check | wanted | result | seen | tries | time |', '|---|---|---|---|--:|--:|', ...rows].join(
    '\n',
  );
}

function auditText({ answer, unread, offDiff = [] }: Audit, bodyChars: number): readonly string[] {
  const items = gravestFirst(answer.findings).map(({ finding, index }) => {
    const { path, line, severity, title, body } = finding;
    const place = offDiff.includes(index) ? `${path}, not on a line of the diff` : `${path}:${line}`;
    const head = `- **${severity}**: ${inlineText(title, TITLE_LIMIT)} (${inlineText(place, 300)})`;
    return bodyChars === 0 ? head : `${head}\n\n${indented(modelText(body, bodyChars))}`;
  });
  return [
    modelText(answer.summary, REASON_LIMIT),
    items.join('\n'),
    ...(unread.length === 0 ? [] : ['Not read:', bullets(unread, UNREAD_SHOWN)]),
  ];
}

function gravestFirst(findings: Audit['answer']['findings']) {
  return findings
    .map((finding, index) => ({ finding, index }))
    .sort((a, b) => rank(a.finding.severity) - rank(b.finding.severity));
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}

/** Of findings on lines of the diff. */
function annotationsOf({ answer, offDiff = [] }: Audit): readonly Annotation[] {
  return gravestFirst(answer.findings)
    .filter(({ index }) => !offDiff.includes(index))
    .slice(0, ANNOTATIONS_LIMIT)
    .map(({ finding: { path, line, severity, title, body } }) => ({
      path,
      startLine: line,
      endLine: line,
      level: severity === 'low' ? 'notice' : severity === 'medium' ? 'warning' : 'failure',
      title: title.slice(0, TITLE_LIMIT).toWellFormed(),
      message: (body.trim() === '' ? title : body).slice(0, FINDING_BODY_LIMIT).toWellFormed(),
    }));
}
