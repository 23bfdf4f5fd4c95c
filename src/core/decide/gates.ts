/**
 * Which gates a deployment or a push opens. The configuration on the default branch is the permission: whoever may change it
 * said what is checked, so nobody is asked who deployed or pushed. Pure.
 */
import type { Change, Decision } from '../change.ts';
import { digest } from '../digest.ts';
import type { DeploymentEvent, PushEvent } from '../event.ts';
import { configProblemsComment } from '../messages/commands.ts';
import { gateConfigCheck } from '../messages/gate-check.ts';
import { chooses, owns } from '../path-filter.ts';
import type { Task } from '../records.ts';
import { type ParsedConfig, type RepoConfig, toTaskConfig } from '../repo-config.ts';
import type { GateRequest } from '../request-records.ts';
import type { NewTask } from '../store-ports.ts';
import { type Facts, has, ignored, needs, type Verdict } from './facts.ts';
import { isOpen, SUPERSEDED } from './requests.ts';

type Gate = RepoConfig['gates'][number];
type Trigger<On extends Gate['on']> = Extract<GateRequest['trigger'], { readonly on: On }>;

const NO_COMMIT = /^0+$/;

export function decideDeployment(event: DeploymentEvent, facts: Facts): Verdict {
  if (event.state !== 'success') return ignored(`a deployment is ${event.state}: gates wait for success`);
  if (!has(facts, 'config')) return needs('config');
  const { environment, url, statusId } = event;
  const gates = ofKind(facts.config, 'deployment').filter((gate) => chooses(gate.environments, environment));
  const what = `deployments to ${environment}`;
  if (gates.length === 0) return withoutGate(event, facts.config, what);
  if (!has(facts, 'tasks')) return needs('tasks');
  const { tasks } = facts;
  return {
    kind: 'decided',
    decisions: gates.map(({ name, hosts, checks }) => {
      const trigger: Trigger<'deployment'> = {
        on: 'deployment',
        environment,
        url,
        statusId,
        hosts,
        checks: checks.map(({ path, method, status, contains, timeout_seconds: timeoutSeconds }) => ({
          path,
          method,
          status,
          contains: contains ?? null,
          timeoutSeconds,
        })),
      };
      const older = openOf(tasks, name, trigger).filter((task) => statusOf(task) < statusId);
      const requestKey = `gate:${event.repository.id}:${digest(name)}:deployment:${statusId}`;
      return gateDecision(event, facts.config, { name, headSha: event.headSha, trigger, requestKey, older });
    }),
  };
}

/** Also of a pull request's branch, where a gate names it. */
export function decidePushedGates(event: PushEvent, facts: Facts): Verdict {
  const { branch, beforeSha, headSha, repository } = event;
  if (headSha === null) return ignored(`the branch ${branch} was deleted`);
  if (!has(facts, 'config')) return needs('config');
  const gates = ofKind(facts.config, 'push').filter((gate) => owns(gate.branches, branch));
  const isDefault = branch === repository.defaultBranch;
  const what = `pushes to ${branch}`;
  if (gates.length === 0) {
    return isDefault ? withoutGate(event, facts.config, what) : ignored(`no gate is for ${what}`);
  }
  if (!has(facts, 'tasks', 'baseSha')) return needs('tasks', 'baseSha');
  const { tasks, baseSha } = facts;
  const isNewBranch = NO_COMMIT.test(beforeSha);
  const before = isNewBranch ? (isDefault ? null : baseSha) : beforeSha;
  return {
    kind: 'decided',
    decisions: gates.map(({ name, fail_on: failOn }) => {
      const trigger: Trigger<'push'> = {
        on: 'push',
        branch,
        beforeSha: before,
        isNewBranch,
        // What was just pushed to the default branch says nothing yet about how it is looked at.
        rulesSha: isDefault && !isNewBranch ? beforeSha : baseSha,
        failOn,
      };
      const older = openOf(tasks, name, trigger).filter((task) => headOf(task) === beforeSha);
      const requestKey = `gate:${repository.id}:${digest(name)}:push:${digest(branch)}:${beforeSha}:${headSha}`;
      const joined = withUnaudited(trigger, older);
      return gateDecision(event, facts.config, { name, headSha, trigger: joined, requestKey, older });
    }),
  };
}

interface Opened {
  readonly name: string;
  readonly headSha: string;
  readonly trigger: GateRequest['trigger'];
  readonly requestKey: string;
  /** What it takes the place of, newest first. */
  readonly older: readonly Task[];
}

function gateDecision(event: DeploymentEvent | PushEvent, parsed: ParsedConfig, opened: Opened): Decision {
  const { name, headSha, trigger, requestKey } = opened;
  const { config, problems } = parsed;
  const request: GateRequest = {
    kind: 'gate',
    name,
    headSha,
    trigger,
    configProblems: problems.length === 0 ? '' : configProblemsComment(problems),
    config: toTaskConfig(config),
  };
  const task: NewTask = {
    kind: 'gate',
    repository: event.repository,
    subject: { kind: 'commit', number: 0 },
    requestKey,
    requester: event.sender.login,
    request,
    budgetUsd: config.budget.per_task_usd,
  };
  const sha = headSha.slice(0, 7);
  const stops = opened.older
    .filter((older) => older.requestKey !== requestKey)
    .map(({ id }): Change => ({ kind: 'stop_task', taskId: id, reason: `${SUPERSEDED}${sha}.` }));
  const where = trigger.on === 'push' ? `the push to ${trigger.branch}` : trigger.environment;
  return {
    decided: 'task',
    reason: `the gate ${name} is for ${where} at ${sha}`,
    actor: event.sender.login,
    changes: [...stops, { kind: 'create_task', task }],
  };
}

/** A file whose gates cannot be read names none: said on the commit, since a required check that never comes tells nobody why. */
function withoutGate(event: DeploymentEvent | PushEvent, parsed: ParsedConfig, what: string): Verdict {
  const problems = parsed.problems.filter(({ key }) => key === '' || key === 'gates');
  const { repository, headSha, sender } = event;
  if (problems.length === 0 || headSha === null) return ignored(`no gate is for ${what}`);
  const key = `gate-config:${repository.id}:${parsed.hash}:${headSha}`;
  const action = gateConfigCheck(headSha, configProblemsComment(problems));
  const decision: Decision = {
    decided: 'change',
    reason: 'the gates in the configuration cannot be read',
    actor: sender.login,
    changes: [{ kind: 'plan_effect', effect: { key, taskId: null, repository, action } }],
  };
  return { kind: 'decided', decisions: [decision] };
}

function ofKind<On extends Gate['on']>({ config }: ParsedConfig, on: On) {
  return config.gates.filter((gate): gate is Extract<Gate, { readonly on: On }> => gate.on === on);
}

/** Open tasks of the same gate for the same environment or branch. */
function openOf(tasks: readonly Task[], name: string, trigger: GateRequest['trigger']): readonly Task[] {
  return tasks.filter((task) => {
    const { request } = task;
    if (!isOpen(task) || request.kind !== 'gate' || request.name !== name) return false;
    const other = request.trigger;
    if (other.on === 'push') return trigger.on === 'push' && other.branch === trigger.branch;
    return trigger.on === 'deployment' && other.environment === trigger.environment;
  });
}

function statusOf({ request }: Task): number {
  return request.kind === 'gate' && request.trigger.on === 'deployment' ? request.trigger.statusId : 0;
}

/** A push goes on from where the one before it ended. Deliveries come late and again: what is not seen to follow takes no place. */
function headOf({ request }: Task): string | null {
  return request.kind === 'gate' ? request.headSha : null;
}

/** What a superseded audit did not come to see is audited with the newer push: nothing is left out by pushing fast. */
function withUnaudited(trigger: Trigger<'push'>, older: readonly Task[]): Trigger<'push'> {
  const oldest = older.at(-1)?.request;
  if (oldest?.kind !== 'gate' || oldest.trigger.on !== 'push') return trigger;
  // Nor do the rules of a push that nobody audited steer the audit of it.
  const { beforeSha, isNewBranch, rulesSha } = oldest.trigger;
  return { ...trigger, beforeSha, isNewBranch, rulesSha };
}
