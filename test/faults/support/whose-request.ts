/** Which effects of the ledger a request to change something on GitHub may belong to, by all that it names: held against the rows, not against the code that sends. */
import { z } from 'zod';
import { readNodeId, type WatchedRequest } from '../../../demo/github/world.ts';
import type { EffectAction, EffectKind, EffectOutcome } from '../../../src/core/effect-records.ts';
import { hasMarker } from '../../../src/core/marker.ts';

/** Of the ledger, at the time of the request. */
export interface LedgerEffect {
  readonly id: string;
  readonly key: string;
  readonly action: EffectAction;
  readonly outcome: EffectOutcome | null;
  readonly inDoubt: boolean;
  readonly repositoryId: number;
  /** `owner/name` */
  readonly repository: string;
}

const bodySchema = z.looseObject({
  body: z.string().optional(),
  external_id: z.string().optional(),
  content: z.string().optional(),
  name: z.string().optional(),
  labels: z.array(z.string()).optional(),
  head: z.string().optional(),
  ref: z.string().optional(),
  variables: z.record(z.string(), z.unknown()).optional(),
});
type Body = z.output<typeof bodySchema>;

interface Asked {
  readonly method: string;
  /** The numbers of the path, in their order, or what else the pattern takes of it. */
  readonly named: readonly string[];
  readonly body: Body;
}

interface Rule {
  /** Over the path below the repository. */
  readonly path: RegExp;
  readonly kinds: readonly EffectKind[];
  /** Whether what is named beside its kind is the effect's. */
  readonly fits: (effect: LedgerEffect, asked: Asked) => boolean;
}

const RULES: readonly Rule[] = [
  {
    path: /^issues\/(\d+)\/comments$/,
    kinds: ['comment', 'sticky_comment'],
    fits: (effect, asked) => isOn(effect, asked) && isMarked(effect, asked),
  },
  {
    path: /^issues\/comments\/(\d+)$/,
    kinds: ['sticky_comment'],
    fits: (effect, asked) => isMarked(effect, asked) && edits(effect, asked),
  },
  {
    path: /^(issues|issues\/comments|pulls\/comments)\/(\d+)\/reactions$/,
    kinds: ['reaction'],
    fits: reacts,
  },
  {
    path: /^labels$/,
    kinds: ['add_labels'],
    fits: ({ action }, { body }) => action.kind === 'add_labels' && action.labels.includes(body.name ?? ''),
  },
  {
    path: /^issues\/(\d+)\/labels$/,
    kinds: ['add_labels'],
    fits: (effect, asked) =>
      isOn(effect, asked) &&
      effect.action.kind === 'add_labels' &&
      String(effect.action.labels) === String(asked.body.labels),
  },
  {
    path: /^issues\/(\d+)\/labels\/(.+)$/,
    kinds: ['remove_label'],
    fits: (effect, asked) =>
      isOn(effect, asked) && effect.action.kind === 'remove_label' && effect.action.label === asked.named[1],
  },
  {
    path: /^pulls\/(\d+)\/reviews$/,
    kinds: ['review'],
    fits: (effect, asked) => isOn(effect, asked) && isMarked(effect, asked),
  },
  // One that was left pending, by whatever sending.
  { path: /^pulls\/(\d+)\/reviews\/\d+$/, kinds: ['review'], fits: isOn },
  { path: /^pulls\/(\d+)\/reviews\/\d+\/dismissals$/, kinds: ['dismiss_review'], fits: isOn },
  {
    path: /^pulls\/(\d+)\/comments\/(\d+)\/replies$/,
    kinds: ['thread_reply', 'resolve_thread'],
    fits: (effect, asked) =>
      isOn(effect, asked) &&
      isMarked(effect, asked) &&
      (effect.action.kind !== 'thread_reply' || String(effect.action.commentId) === asked.named[1]),
  },
  {
    path: /^pulls$/,
    kinds: ['open_pull_request', 'propose_standard'],
    fits: (effect, asked) => isMarked(effect, asked) && branchOf(effect) === asked.body.head,
  },
  {
    path: /^git\/refs$/,
    kinds: ['push_branch', 'propose_standard'],
    fits: (effect, { body }) => `refs/heads/${branchOf(effect)}` === body.ref,
  },
  {
    path: /^git\/refs\/(.+)$/,
    kinds: ['push_branch'],
    fits: (effect, { named }) => `heads/${branchOf(effect)}` === named[0],
  },
  // Nobody sees these until a branch is moved to them.
  { path: /^git\/(?:trees|commits|blobs)$/, kinds: ['push_branch', 'propose_standard'], fits: () => true },
  { path: /^check-runs$/, kinds: ['check_run'], fits: ({ id }, { body }) => body.external_id === id },
  { path: /^check-runs\/(\d+)$/, kinds: ['check_run'], fits: edits },
  {
    path: /^actions\/runs\/(\d+)\/rerun-failed-jobs$/,
    kinds: ['rerun_failed_jobs'],
    fits: ({ action }, { named }) => action.kind === 'rerun_failed_jobs' && String(action.runId) === named[0],
  },
  {
    path: /^mutation$/,
    kinds: ['ready_for_review', 'resolve_thread', 'resolve_answered'],
    fits: ({ repositoryId }, { body }) =>
      Object.values(body.variables ?? {}).every(
        (id) => readNodeId(String(id)).ids[0] === String(repositoryId),
      ),
  },
];

/** Null: no effect makes such a request. */
export function whoseRequest({ method, path, body }: WatchedRequest): {
  readonly kinds: readonly EffectKind[];
  readonly fits: (effect: LedgerEffect) => boolean;
} | null {
  const [, repository = null, below = ''] =
    /^\/repos\/([^/]+\/[^/]+)\/(.+)$/.exec(path) ?? /^\/graphql\/()(.+)$/.exec(path) ?? [];
  for (const { path: pattern, kinds, fits } of RULES) {
    const found = pattern.exec(below);
    if (found === null) continue;
    const asked = {
      method,
      named: found.slice(1).map(decodeURIComponent),
      body: bodySchema.parse(JSON.parse(body || '{}')),
    };
    const isThere = (effect: LedgerEffect) =>
      repository === '' || effect.repository.toLowerCase() === repository?.toLowerCase();
    return { kinds, fits: (effect) => isThere(effect) && fits(effect, asked) };
  }
  return null;
}

function isOn({ action }: LedgerEffect, { named: [number] }: Asked): boolean {
  return 'number' in action && String(action.number) === number;
}

function isMarked({ key }: LedgerEffect, { body }: Asked): boolean {
  return hasMarker(body.body ?? '', key);
}

/** What it made before. In doubt it may have found that, and the ledger does not know yet; more annotations than one request takes follow at once. */
function edits({ action, outcome, inDoubt }: LedgerEffect, { named: [id] }: Asked): boolean {
  if (outcome !== null && !inDoubt) return String(outcome.externalId) === id;
  return inDoubt || (action.kind === 'check_run' && action.annotations.length > 0);
}

function reacts({ action }: LedgerEffect, { named: [on, id], body }: Asked): boolean {
  if (action.kind !== 'reaction' || action.content !== body.content) return false;
  const { target } = action;
  switch (target.on) {
    case 'issue':
      return on === 'issues' && String(target.number) === id;
    case 'issue_comment':
      return on === 'issues/comments' && String(target.commentId) === id;
    case 'review_comment':
      return on === 'pulls/comments' && String(target.commentId) === id;
  }
}

function branchOf({ action }: LedgerEffect): string | null {
  return 'branch' in action ? (action.branch ?? null) : null;
}
