/** A check of a deployment, or an audit of a push. Pure. */
import { AUDITOR, gateRefusal, gateVerdict } from '../gate/gate-verdict.ts';
import type { GateRequest } from '../request-records.ts';
import type { TaskRecords } from '../store-ports.ts';
import type { Step } from './step.ts';
import { add, inState, move, outcomeOf } from './step.ts';

/** What may not be asked, or cannot be audited, is done at once: its check run says why. */
export function firstOfGate(request: GateRequest): readonly Step[] {
  const refusal = gateRefusal(request);
  if (refusal !== null) return [move('done', refusal)];
  const { trigger, headSha } = request;
  const sha = headSha.slice(0, 7);
  if (trigger.on === 'deployment') {
    return [
      move('working'),
      add({
        key: 'smoke',
        kind: 'smoke',
        role: 'qa',
        title: 'Ask the deployment',
        goal: `Ask ${trigger.environment} at ${sha} what the gate states.`,
      }),
    ];
  }
  const before = trigger.beforeSha?.slice(0, 7) ?? '';
  return [
    move('working'),
    add({
      key: 'audit',
      kind: 'audit',
      role: AUDITOR,
      title: 'Audit what was pushed',
      goal: `Audit what was pushed to the branch ${trigger.branch}: ${before}..${sha}.`,
    }),
  ];
}

/** The check run is all that GitHub is told, and follows the task's state by itself. */
export function gateSteps(records: TaskRecords): readonly Step[] {
  const { task } = records;
  if (task.request.kind !== 'gate') return [];
  const key = task.request.trigger.on === 'deployment' ? 'smoke' : 'audit';
  if (outcomeOf(records, key) === null) return inState(task, 'working');
  return [move('done', gateVerdict(task.request, records).reason)];
}
