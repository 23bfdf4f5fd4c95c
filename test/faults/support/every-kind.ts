/** Effects of every kind in a repository of their own, planned in the ledger without a task: what a day of work does too seldom. */
import type { GitHub } from '../../../demo/github/github.ts';
import type { Effect } from '../../../src/core/effect-records.ts';
import type { Repository } from '../../../src/core/records.ts';
import type { Store } from '../../../src/core/store-ports.ts';
import { KINDS } from '../../app/publisher-kinds.ts';
import { appOctokit, cart, owner, repo, repoName } from '../../github/local-github.ts';
import type { Random } from '../../support/random.ts';

export const kindsRepository = {
  name: repoName,
  files: { 'README.md': '# Shop\n', 'src/cart.js': cart },
  collaborators: { alice: 'admin', bob: 'write', rita: 'read' },
} as const;

export interface EveryKind {
  /** Plans them, in an order of chance. */
  plan(): Promise<void>;
  /** More for the publisher to do: new comments, and new revisions of what can be edited. */
  planMore(): Promise<void>;
  /** A sentence for each that does not stand exactly once. */
  notOnce(): Promise<readonly string[]>;
}

type Count = (effect: Effect) => Promise<number>;

const ISSUES = 6;

/** Prepares `each` of every kind; GitHub must be well meanwhile. */
export async function everyKind(
  github: GitHub,
  store: Store,
  { each, random }: { readonly each: number; readonly random: Random },
): Promise<EveryKind> {
  const local = { github, dir: '', stop: async () => {} };
  const kinds = Array.from({ length: each }, () => KINDS).flat();
  const wanted: { readonly key: string; action: Effect['action']; count: Count }[] = [];
  for (const [at, { kind, prepare }] of kinds.entries()) {
    wanted.push({ key: `every:${kind}:${at}`, ...(await prepare(local)) });
  }
  const repository = await repositoryOf(github);
  const issues = await Promise.all(Array.from({ length: ISSUES }, () => openIssue(github)));
  let wave = 0;
  const plan = async (effects: readonly { readonly key: string; readonly action: Effect['action'] }[]) => {
    const planned = random.shuffled(effects).map((effect) => ({ ...effect, taskId: null, repository }));
    await store.effects.plan(planned);
  };
  return {
    plan: () => plan(wanted.map(({ key, action }) => ({ key, action }))),
    planMore() {
      wave += 1;
      return plan(
        issues.flatMap((number) => [
          { key: `more:${number}:${wave}`, action: { kind: 'comment', number, body: `Comment ${wave}.` } },
          {
            key: `more:${number}`,
            action: { kind: 'sticky_comment', number, body: `Revision ${wave} of it.` },
          },
        ]),
      );
    },
    async notOnce() {
      const counts = wanted.map(async ({ key, count }) => {
        const effect = await store.effects.byKey(key);
        const times = effect === null ? 0 : await count(effect);
        return times === 1 ? [] : [`${key} stands ${times} times`];
      });
      return (await Promise.all(counts)).flat();
    },
  };
}

async function openIssue(github: GitHub): Promise<number> {
  return (await github.as('rita').openIssue(repoName, { title: 'The cart loses items' })).number;
}

async function repositoryOf(github: GitHub): Promise<Repository> {
  const { data } = await appOctokit(github).rest.apps.getRepoInstallation({ owner, repo });
  const { id } = (await github.snapshot(repoName)).repo;
  return { id, owner, name: repo, installationId: data.id, defaultBranch: 'main', private: false };
}
