/** What a person may do in a repository, by the collaborator API: `author_association` misreports private members. */
import type { Octokit } from '@octokit/rest';
import type { Permission } from '../../core/github-ports.ts';
import type { Repository } from '../../core/records.ts';
import { parseAnswer, permissionAnswer } from './answers.ts';
import { nullOn404 } from './when-gone.ts';

const PERMISSIONS: readonly Permission[] = ['admin', 'maintain', 'write', 'triage', 'read', 'none'];
/** A login that is more than one step of a path would ask for something else. */
const LOGIN = /^[\w.-]{1,100}(?:\[bot\])?$/;

type AskPermission = (login: string) => Promise<Permission>;

/** Never guesses: a failed look-up throws. What is no login asks for no client. */
export async function readPermission(
  open: () => Promise<Octokit>,
  repository: Repository,
  login: string,
): Promise<Permission> {
  if (!LOGIN.test(login)) return 'none';
  const at = { owner: repository.owner, repo: repository.name, username: login };
  const github = await open();
  return permissionOf(await nullOn404(github.rest.repos.getCollaboratorPermissionLevel(at)));
}

/** Asks once for each login, and gives the same answer afterwards. */
export function askedOnce(ask: AskPermission): AskPermission {
  const known = new Map<string, Promise<Permission>>();
  return (login) => {
    const asked = known.get(login) ?? ask(login);
    known.set(login, asked);
    return asked;
  };
}

/** `role_name` tells maintain and triage apart, or names a custom role, whose base is then `permission`. */
function permissionOf(answer: { readonly data: unknown } | null): Permission {
  if (answer === null) return 'none';
  const { role_name, permission } = parseAnswer(permissionAnswer, answer.data, 'a permission');
  return (
    PERMISSIONS.find((level) => level === role_name) ??
    PERMISSIONS.find((level) => level === permission) ??
    'none'
  );
}
