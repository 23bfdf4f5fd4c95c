/** Files of hostile repositories that are more than a line of text. */
import { gzipSync } from 'node:zlib';

const MEMBER_BYTES = 16 * 1024 ** 2;
/** 1 GiB in all: four times what a trial lets a command write. */
const MEMBERS = 64;

/** A git directory in the tree, as git takes one whose folder it is called in: https://git-scm.com/docs/git-config#Documentation/git-config.txt-safebareRepository */
export function embeddedRepository(folder: string, proof: string): Readonly<Record<string, string>> {
  const runs = `${proof}; echo the settings ran >&2; false`;
  const settings = [
    ...['[core]', 'repositoryformatversion = 0', 'bare = false', 'worktree = .'],
    ...[`fsmonitor = "${runs}"`, `sshCommand = "${runs}"`, `hooksPath = hooks`, `pager = "${runs}"`],
    ...['[remote "origin"]', 'url = ssh://localhost/x', 'fetch = +refs/heads/*:refs/heads/*'],
    ...['[alias]', `st = "!${runs}"`],
  ];
  const hook = `#!/bin/sh\n${proof}\n`;
  const files = {
    HEAD: 'ref: refs/heads/main\n',
    config: `${settings.join('\n')}\n`,
    'objects/info/packs': '\n',
    'refs/heads/.keep': '',
    'hooks/post-checkout': hook,
    'hooks/post-index-change': hook,
    'hooks/reference-transaction': hook,
  };
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [folder === '' ? path : `${folder}/${path}`, text]),
  );
}

/** Some 1 MB of gzip, one member after the other, and a test that unpacks it until nothing is left to fill. */
export function archiveBomb(): Readonly<Record<string, string | Buffer>> {
  const member = gzipSync(Buffer.alloc(MEMBER_BYTES), { level: 9 });
  const test = 'gzip -dc bomb.gz > once && gzip -dc bomb.gz > twice';
  return {
    'bomb.gz': Buffer.concat(Array.from({ length: MEMBERS }, () => member)),
    'package.json': `${JSON.stringify({ name: 'bomb', private: true, scripts: { test } })}\n`,
  };
}
