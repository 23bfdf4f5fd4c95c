import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/core/change.ts';
import { decide } from '../../src/core/decide.ts';
import type { DeploymentEvent, PushEvent } from '../../src/core/event.ts';
import type { Task } from '../../src/core/records.ts';
import { gateTask, repository } from '../support/records.ts';
import { base, config, created, decisionOn, kinds, mona, own } from './decide-parts.ts';

const HEAD = 'b'.repeat(40);
const BEFORE = 'c'.repeat(40);
const DEFAULT_HEAD = 'a'.repeat(40);

const gates = config(`gates:
  - name: staging
    on: deployment
    environments: ['staging*']
    hosts: [staging.example.com]
    checks: [{ path: /health, contains: ok }]
  - name: audit
    on: push
    branches: [main, 'release/*']
    fail_on: medium
`);

const deployed = (change: Partial<DeploymentEvent> = {}): DeploymentEvent => ({
  kind: 'deployment',
  repository,
  sender: mona,
  headSha: HEAD,
  environment: 'staging',
  state: 'success',
  url: 'https://staging.example.com',
  statusId: 10,
  ...change,
});
const pushed = (change: Partial<PushEvent> = {}): PushEvent => ({
  kind: 'pushed',
  repository,
  sender: mona,
  branch: 'release/1',
  beforeSha: BEFORE,
  headSha: HEAD,
  ...change,
});

const requestsOf = (decision: Decision) => created(decision).map(({ request }) => request);

describe('a deployment', () => {
  it('that succeeded opens the gates that choose its environment', () => {
    const decision = decisionOn(deployed(), gates);

    expect(decision).toMatchObject({ decided: 'task', reason: 'the gate staging is for staging at bbbbbbb' });
    expect(created(decision)).toMatchObject([
      {
        kind: 'gate',
        subject: { kind: 'commit', number: 0 },
        requester: 'mona',
        request: {
          name: 'staging',
          headSha: HEAD,
          trigger: {
            on: 'deployment',
            environment: 'staging',
            url: 'https://staging.example.com',
            statusId: 10,
            hosts: ['staging.example.com'],
            checks: [{ path: '/health', method: 'GET', status: 200, contains: 'ok', timeoutSeconds: 10 }],
          },
        },
      },
    ]);
  });

  it.each<[string, Partial<DeploymentEvent>]>([
    ['is under way', { state: 'in_progress' }],
    ['failed', { state: 'failure' }],
    ['is elsewhere', { environment: 'production' }],
  ])('that %s opens none', (_, change) => {
    expect(decisionOn(deployed(change), gates)).toMatchObject({ decided: 'ignored', changes: [] });
  });

  it('opens none, and asks GitHub for no more than the configuration, where no gate is named', () => {
    const { config: _, ...without } = base;

    expect(decide(deployed(), without)).toEqual({ kind: 'needs', facts: ['config'] });
    expect(decisionOn(deployed(), config('')).changes).toEqual([]);
  });

  it('that a push of ours set off opens them as well: branch protection waits for them on our branches, too', () => {
    expect(decisionOn(deployed({ sender: own }), gates)).toMatchObject({ decided: 'task' });
    expect(decisionOn(pushed({ sender: own }), gates)).toMatchObject({ decided: 'task' });
  });

  it('opens each of several gates by a decision of its own', () => {
    const two = config(`gates:
  - { name: a, on: deployment, hosts: [a.example], checks: [{ path: / }] }
  - { name: b, on: deployment, hosts: [a.example], checks: [{ path: / }] }
`);
    const verdict = decide(deployed(), { ...base, ...two });

    const names = verdict.kind === 'decided' ? verdict.decisions.flatMap(requestsOf) : [];
    expect(names).toMatchObject([{ name: 'a' }, { name: 'b' }]);
  });

  it('takes the place of an earlier one of the same gate and environment, and of no later one', () => {
    const running = gateTask({ state: 'working' });
    const stops = (change: Partial<DeploymentEvent>, tasks: readonly Task[] = [running]) =>
      kinds(decisionOn(deployed(change), { ...gates, tasks }).changes);

    expect(stops({ statusId: 11 })).toEqual(['stop_task', 'create_task']);
    expect(stops({ statusId: 9 })).toEqual(['create_task']);
    expect(stops({ statusId: 11, environment: 'staging-2' })).toEqual(['create_task']);
    expect(stops({ statusId: 11 }, [{ ...running, state: 'done' }])).toEqual(['create_task']);
  });
});

describe('a push', () => {
  it('to a branch that a gate names is audited against where the branch stood', () => {
    expect(requestsOf(decisionOn(pushed(), gates))).toMatchObject([
      {
        name: 'audit',
        headSha: HEAD,
        trigger: {
          on: 'push',
          branch: 'release/1',
          beforeSha: BEFORE,
          isNewBranch: false,
          rulesSha: DEFAULT_HEAD,
          failOn: 'medium',
        },
      },
    ]);
  });

  it('to the default branch is looked at by the rules before it', () => {
    const facts = { ...gates, baseSha: HEAD };

    expect(requestsOf(decisionOn(pushed({ branch: 'main' }), facts))).toMatchObject([
      { trigger: { beforeSha: BEFORE, rulesSha: BEFORE } },
    ]);
  });

  it('of a new branch is compared with the default branch, and a first default branch with nothing', () => {
    const created = { beforeSha: '0'.repeat(40) };

    expect(requestsOf(decisionOn(pushed(created), gates))).toMatchObject([
      { trigger: { beforeSha: DEFAULT_HEAD, isNewBranch: true } },
    ]);
    expect(requestsOf(decisionOn(pushed({ ...created, branch: 'main' }), gates))).toMatchObject([
      { trigger: { beforeSha: null } },
    ]);
  });

  it.each<[string, Partial<PushEvent>]>([
    ['to another branch', { branch: 'feature' }],
    ['that deletes the branch', { headSha: null }],
  ])('%s opens none', (_, change) => {
    expect(decisionOn(pushed(change), gates)).toMatchObject({ decided: 'ignored', changes: [] });
  });

  it('has what a superseded audit did not come to see audited with it', () => {
    const trigger = {
      on: 'push',
      branch: 'release/1',
      beforeSha: 'd'.repeat(40),
      isNewBranch: false,
      rulesSha: 'e'.repeat(40),
      failOn: 'medium',
    } as const;
    const running = gateTask({ state: 'working', request: { name: 'audit', headSha: BEFORE, trigger } });
    const decision = decisionOn(pushed(), { ...gates, tasks: [running] });

    expect(decision.changes).toMatchObject([
      { kind: 'stop_task', taskId: running.id, reason: 'Superseded by bbbbbbb.' },
      {
        kind: 'create_task',
        task: { request: { trigger: { beforeSha: 'd'.repeat(40), rulesSha: 'e'.repeat(40) } } },
      },
    ]);
  });

  it.each([
    ['the audit of the push after it', HEAD],
    ['the audit of a push that does not follow from it', 'e'.repeat(40)],
  ])('that comes late leaves %s alone', (_, beforeSha) => {
    const trigger = {
      on: 'push',
      branch: 'release/1',
      beforeSha,
      isNewBranch: false,
      rulesSha: DEFAULT_HEAD,
      failOn: 'medium',
    } as const;
    const later = gateTask({
      state: 'working',
      request: { name: 'audit', headSha: 'd'.repeat(40), trigger },
    });
    const decision = decisionOn(pushed(), { ...gates, tasks: [later] });

    expect(decision.changes).toMatchObject([
      { kind: 'create_task', task: { request: { trigger: { beforeSha: BEFORE } } } },
    ]);
  });
});

describe('a configuration with problems', () => {
  it('goes into the check run of each gate that it still names', () => {
    const text = `aproval: auto
gates: [{ name: audit, on: push, branches: [main] }]
`;
    const [request] = requestsOf(decisionOn(pushed({ branch: 'main' }), config(text)));

    expect(request).toMatchObject({ configProblems: expect.stringContaining('did you mean approval?') });
  });

  it('whose gates cannot be read says so on the commit, in a check run of its own', () => {
    const broken = config('gates: [{ name: audit, on: push }]');

    for (const event of [pushed({ branch: 'main' }), deployed()]) {
      expect(decisionOn(event, broken).changes).toMatchObject([
        {
          kind: 'plan_effect',
          effect: {
            taskId: null,
            action: { kind: 'check_run', name: 'crew / gates', headSha: HEAD, conclusion: 'neutral' },
          },
        },
      ]);
    }
    expect(decisionOn(pushed({ branch: 'feature' }), broken).changes).toEqual([]);
    expect(decisionOn(pushed({ branch: 'main' }), config('aproval: auto')).changes).toEqual([]);
  });
});
