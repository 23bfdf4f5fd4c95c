/** What a file in `effects/` exports: one kind of effect, how it is recognised on GitHub and how it is performed. */
import type { Octokit } from '@octokit/rest';
import type { Effect, EffectAction, EffectKind, EffectOutcome } from '../../core/effect-records.ts';
import type { BotIdentity } from '../../core/marker.ts';
import type { Log } from '../../core/ports.ts';
import type { BuiltCommits, CommitAuthor } from '../../core/workspace-ports.ts';
import type { Permissions } from '../github/tokens.ts';

export type EffectOf<Kind extends EffectKind> = Effect & {
  readonly action: Extract<EffectAction, { kind: Kind }>;
};

/** What stands on GitHub already. */
export interface Sighting {
  readonly outcome: EffectOutcome;
  /** Whether it is as this revision wants it; if not, `perform` edits it. */
  readonly current: boolean;
}

/** All that an effect may use. Whatever it sends goes through `texts`. */
export interface EffectContext {
  readonly github: Octokit;
  /** Another client, for a request that needs other permissions than `EffectDefinition.permissions`. */
  readonly clientWith: (permissions: Permissions) => Promise<Octokit>;
  readonly at: { readonly owner: string; readonly repo: string };
  /** `https://github.com`. */
  readonly webUrl: string;
  readonly bot: BotIdentity;
  readonly texts: Texts;
  /** The task's commits as data. */
  readonly commits: (effect: EffectOf<'push_branch'>) => Promise<BuiltCommits>;
  /** Builds the task's commits in the author's name and pushes them; answers where they stand. */
  readonly push: (
    effect: EffectOf<'push_branch'>,
    author: CommitAuthor,
  ) => Promise<{ readonly headSha: string }>;
  readonly log: Log;
}

/** Text on its way out: redacted first, then made safe and cut. */
export interface Texts {
  /** Markdown that ends in the marker of `key`; mentions silent; at most GitHub's 65,536 characters. */
  marked(text: string, key: string): Promise<string>;
  /** As `marked`, and never taken for a finding. */
  reply(text: string, key: string): Promise<string>;
  /** As `markdown`, of at most GitHub's 65,536 characters, ending in the fingerprint that it ends in. */
  finding(text: string): Promise<string>;
  /** Markdown, mentions silent. */
  markdown(text: string, maxChars: number): Promise<string>;
  /** What GitHub shows as it is: titles, annotations. */
  plain(text: string, maxChars: number): Promise<string>;
}

export interface EffectDefinition<Kind extends EffectKind> {
  readonly kind: Kind;
  /** Its client can do no more than this: what its first write needs. One that needs more takes another client. */
  readonly permissions: Permissions | ((action: EffectOf<Kind>['action']) => Permissions);
  /** Finds by natural key what an earlier sending may have left; null when there is none. Null instead of a function: to perform it twice is the same as once. */
  readonly look: ((context: EffectContext, effect: EffectOf<Kind>) => Promise<Sighting | null>) | null;
  /** Makes it so. `effect.outcome` is what was made before, or seen by `look`. Throws the crew's errors. */
  perform(context: EffectContext, effect: EffectOf<Kind>): Promise<EffectOutcome>;
}
