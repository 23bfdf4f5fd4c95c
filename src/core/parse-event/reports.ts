/** Webhooks about what runs for a commit: checks, statuses, deployments, and the push itself. Pure. */
import type { z } from 'zod';
import type { CrewEvent, ReportSource } from '../event.ts';
import { common } from './common.ts';
import { deploymentPayload, pushPayload, type reported, reportPayloads, statusPayload } from './payloads.ts';

type ReportedEvent = keyof typeof reportPayloads;

const BRANCH_REF = 'refs/heads/';

export function report(input: unknown, event: ReportedEvent): CrewEvent {
  const payload = reportPayloads[event].parse(input);
  const { head_sha: headSha, head_branch, check_suite, conclusion, app } = payload.reported;
  return {
    kind: 'report',
    source: sourceOf(event, payload.reported),
    ...common(payload),
    headSha,
    headBranch: head_branch ?? check_suite?.head_branch ?? null,
    conclusion,
    app: app?.slug ?? (event === 'workflow_run' ? 'github-actions' : ''),
  };
}

function sourceOf(kind: ReportedEvent, one: z.infer<typeof reported>): ReportSource {
  const { id, name, run_attempt, latest_check_runs_count } = one;
  switch (kind) {
    case 'check_run':
      return { kind, id, name };
    case 'check_suite':
      return { kind, id, runs: latest_check_runs_count ?? 0 };
    case 'workflow_run':
      return { kind, id, attempt: run_attempt ?? 1 };
  }
}

export function status(input: unknown): CrewEvent {
  const payload = statusPayload.parse(input);
  const { sha: headSha, id, state: conclusion, context: name, branches, repository } = payload;
  const standing = branches.filter(({ commit }) => commit.sha === headSha).map(({ name }) => name);
  return {
    kind: 'report',
    source: { kind: 'status', id, name },
    ...common(payload),
    headSha,
    headBranch: standing.find((name) => name !== repository.default_branch) ?? standing[0] ?? null,
    conclusion,
    app: '',
  };
}

export function deployment(input: unknown): CrewEvent {
  const payload = deploymentPayload.parse(input);
  const { id, state, environment_url } = payload.deployment_status;
  return {
    kind: 'deployment',
    ...common(payload),
    headSha: payload.deployment.sha,
    environment: payload.deployment.environment,
    state,
    url: environment_url,
    statusId: id,
  };
}

export function pushed(input: unknown): CrewEvent {
  const payload = pushPayload.parse(input);
  if (!payload.ref.startsWith(BRANCH_REF)) return { kind: 'other', name: 'push of a tag', problem: null };
  return {
    kind: 'pushed',
    ...common(payload),
    branch: payload.ref.slice(BRANCH_REF.length),
    beforeSha: payload.before,
    headSha: payload.deleted ? null : payload.after,
  };
}
