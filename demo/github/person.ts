// A simulated person: known by a login, acting in one transaction at a time, refused what their role does not allow.

import { atLeast, roleOf } from './permissions.ts';
import type { IssueDoc, RepoDoc, Role } from './records.ts';
import { isPull, type PullIssue } from './render/pulls.ts';
import { type Deed, ensureUser, findIssue, findRepo, GitHubError, notFound, type World } from './world.ts';

export interface Made {
  readonly id: number;
}
export interface MadeIssue extends Made {
  readonly number: number;
}

/** A deed within a repository. */
export type In = Deed & { readonly repo: RepoDoc };

/** Repositories are named `owner/name`; issues and pull requests by number. */
export class Person {
  readonly login: string;
  readonly #world: World;

  constructor(world: World, login: string) {
    this.#world = world;
    this.login = login;
  }

  /** A token for Octokit or git as this person. */
  async token(): Promise<string> {
    await this.#world.store.write((tx) => ensureUser(this.#world, tx, this.login));
    return `ghp_${this.login}`;
  }

  protected async do<T>(name: string, needs: Role, change: (deed: In) => T | Promise<T>): Promise<T> {
    const world = this.#world;
    const [owner = '', short = ''] = name.split('/');
    const result = await world.store.write((tx) => {
      const actor = ensureUser(world, tx, this.login);
      const repo = found(findRepo(tx, owner, short));
      const role = roleOf(repo, actor.login);
      const anyone = needs === 'read' && !repo.private;
      if (!anyone && !atLeast(role, needs)) {
        throw new GitHubError(403, `${this.login} has ${role} on ${name}; this needs ${needs}`);
      }
      return change({ world, tx, actor, viaApp: false, repo });
    });
    world.outbox.kick();
    return result;
  }

  protected onIssue<T>(
    repo: string,
    number: number,
    needs: Role,
    change: (deed: In, issue: IssueDoc) => T | Promise<T>,
  ): Promise<T> {
    return this.do(repo, needs, (deed) => change(deed, found(findIssue(deed.tx, deed.repo, number))));
  }

  protected onPull<T>(
    repo: string,
    number: number,
    needs: Role,
    change: (deed: In, pull: PullIssue) => T | Promise<T>,
  ): Promise<T> {
    return this.onIssue(repo, number, needs, (deed, issue) => {
      if (!isPull(issue)) throw notFound();
      return change(deed, issue);
    });
  }
}

export function found<T>(doc: T | undefined): T {
  if (doc === undefined) throw notFound();
  return doc;
}
