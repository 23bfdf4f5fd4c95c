/** Repositories that do all they can to whoever clones, reviews or works on them; each is a commit on a harmless base. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Origin } from '../../agents/workspace-fixture.ts';
import { archiveBomb, embeddedRepository } from './hostile-files.ts';
import { blobBomb, folderBomb, treeNamed } from './hostile-trees.ts';

export interface Hostile {
  readonly name: string;
  /** Makes the commit, with `proof` as what a payload would do, and `place` as a file that it would write. */
  commit(origin: Origin, proof: string, place: string): string;
  /** Shell commands that work runs in the checkout. */
  readonly runs?: readonly string[];
  /** What is said to whoever opens it, or to a command. */
  readonly told?: RegExp;
  /** What daemons are called with: they must be seen while its commands run, for their absence afterwards to mean something. */
  readonly daemon?: string;
  /** For commands that take longer than others to do their worst. */
  readonly patienceMs?: number;
}

/** Of a sleep that nobody else sleeps. */
const DAEMON_SECONDS = 7_000_000 + process.pid;

const TOO_LARGE = /is more than this crew checks out/;
const DISK_FILLED = /ended: it filled the disk beyond/;

export const HOSTILE: readonly Hostile[] = [
  files('filters, diff drivers and attributes that would run or rewrite', (proof, place) => ({
    '.gitattributes':
      '* filter=evil diff=evil merge=evil ident export-subst\n*.utf working-tree-encoding=UTF-16\n*.lfs filter=lfs -text\n',
    '.gitconfig': `[core]\n\tfsmonitor = "${proof}"\n[alias]\n\tdiff = !${proof}\n`,
    '.lfsconfig': `[lfs]\n\turl = ext::sh -c '${proof}'\n`,
    'a.lfs': 'version https://git-lfs.github.com/spec/v1\noid sha256:0000\nsize 9999999999\n',
    'id.txt': '$Id$ $Format:%H$\n',
    '.mailmap': `\`${proof}\` <a@b> <c@d>\n`,
    '.git-blame-ignore-revs': `--output=${place}\n`,
  })),
  files('hooks and settings of every tool, and of editors', (proof) => ({
    '.githooks/post-checkout': `#!/bin/sh\n${proof}\n`,
    '.husky/pre-commit': `#!/bin/sh\n${proof}\n`,
    '.envrc': proof,
    '.bashrc': proof,
    '.npmrc': `script-shell=${proof}\nnode-options=--require ./evil.js\n`,
    'package.json': JSON.stringify({ scripts: { preinstall: proof, test: 'true' } }),
    '.vscode/tasks.json': '{}',
    'node_modules/.bin/git': `#!/bin/sh\n${proof}\n`,
    git: `#!/bin/sh\n${proof}\n`,
    bwrap: `#!/bin/sh\n${proof}\n`,
  })),
  files('names that are options, quotes, line ends, directions and twins', () =>
    Object.fromEntries(
      [
        '-rf',
        '--output=x',
        '--upload-pack=sh',
        '"q"',
        "'",
        'new\nline',
        '\u202egpj.exe',
        'tab\t',
        'CASE',
        'case',
        'e\u0301',
        '\u00e9',
        '$(id)',
        '`id`',
        '*',
        ':(top)x',
        'a b',
        'x'.repeat(200),
      ].map((name) => [`odd/${name}`, 'x\n']),
    ),
  ),
  {
    name: 'a name that is no text',
    commit: (origin) => {
      writeFileSync(Buffer.concat([Buffer.from(`${origin.clone}/`), Buffer.from([0xff, 0xfe])]), 'x\n');
      return origin.commitAll('hostile');
    },
  },
  {
    name: 'links out, upwards, in circles and at every level',
    commit: (origin) => {
      const links = {
        abs: '/etc',
        up: '../../..',
        loop: 'loop',
        'd/x': '../../../beyond',
        proc: '/proc/self/root',
        '.github': '../../beyond',
        'AGENTS.md': '../../beyond/secret',
      };
      for (const [path, target] of Object.entries(links)) {
        mkdirSync(dirname(join(origin.clone, path)), { recursive: true });
        symlinkSync(target, join(origin.clone, path));
      }
      return origin.commitAll('hostile');
    },
    runs: [
      'cat AGENTS.md .github/crew.yml up/beyond/secret; echo x > d/x/new; ls -R abs proc | head -3; true',
    ],
  },
  {
    name: 'bare repositories among the files, whose settings run',
    told: /the settings ran/,
    commit: (origin, proof) =>
      origin.commit({ ...embeddedRepository('', proof), ...embeddedRepository('docs/in', proof) }, 'hostile'),
    runs: [
      'git status 2>&1; git log; true',
      'cd docs/in && git status 2>&1; git diff; git fetch 2>&1; git gc 2>&1; git st; true',
    ],
  },
  {
    name: 'submodules with commands for addresses',
    commit: (origin, proof) => {
      const url = `ext::sh -c ${JSON.stringify(proof)}`;
      const names = ['../../hooks', '-u./x', 'x'];
      const modules = names.map(
        (name) => `[submodule "${name}"]\n\tpath = sub\n\turl = ${url}\n\tupdate = !${proof}\n`,
      );
      writeFileSync(join(origin.clone, '.gitmodules'), modules.join(''));
      const head = origin.git(['rev-parse', 'HEAD']);
      origin.git(['add', '.']);
      origin.git(['update-index', '--add', '--cacheinfo', `160000,${head},sub`]);
      origin.git(['commit', '-q', '-m', 'submodule']);
      origin.git(['push', '-q', '-f', origin.bare, 'HEAD:refs/heads/hostile']);
      return origin.git(['rev-parse', 'HEAD']);
    },
    runs: ['git init -q . 2>&1; git -c protocol.ext.allow=always submodule update --init 2>&1; true'],
  },
  {
    name: 'tags and branches that are options, and very many of them',
    commit: (origin, proof) => {
      const head = origin.git(['rev-parse', 'HEAD']);
      const odd = [
        `--upload-pack=${proof.replaceAll(' ', '')}`,
        '-c',
        '--exec=sh',
        'refs/heads/main',
        'HEAD',
        head,
      ];
      const refs = [
        ...odd.map((name) => `refs/tags/${name.replace(/[ ~^:?*[\\]/g, '')}`),
        ...Array.from({ length: 2_000 }, (_, at) => `refs/heads/x${at}`),
      ];
      const lines = refs.map((ref) => `create ${ref} ${head}\n`).join('');
      execFileSync('git', ['update-ref', '--stdin'], { cwd: origin.bare, input: lines });
      origin.git(['pack-refs', '--all'], origin.bare);
      return head;
    },
  },
  ...['.git', '..', '.GIT', 'git~1', '.git ', '.g\u200cit'].map(treeNamed),
  { name: 'one folder named a million times over', commit: folderBomb, told: TOO_LARGE },
  { name: 'one large file named many times over', commit: blobBomb, told: TOO_LARGE },
  {
    name: 'very deep folders and very many files',
    commit: (origin) => {
      const deep = join(origin.clone, ...Array.from({ length: 300 }, () => 'd'));
      mkdirSync(deep, { recursive: true });
      writeFileSync(join(deep, 'leaf'), 'x\n');
      mkdirSync(join(origin.clone, 'many'));
      for (let at = 0; at < 3_000; at += 1) writeFileSync(join(origin.clone, `many/${at}`), '');
      return origin.commitAll('hostile');
    },
    runs: ['for i in $(seq 400); do mkdir -p d && cd d || break; done; chmod 000 . ; true'],
  },
  {
    name: 'commands that leave things behind',
    commit: (origin) => origin.commit({ 'left.txt': 'x\n' }, 'hostile'),
    runs: [
      'setsid -f sleep 600; nohup sleep 600 >/dev/null 2>&1 & (setsid sh -c "(sleep 600 &) &"); perl -e \'fork and exit; setpgrp; fork and exit; sleep 600\'; true',
      'mkfifo pipe left.fifo; ln -s pipe link; mkdir -p locked/x && touch locked/x/y && chmod 000 locked/x locked; chmod 4755 left.txt; true',
      'trap "" TERM HUP INT; (trap "" TERM HUP INT; while :; do sleep 1; done) & [ "$(cat /proc/1/comm)" = bwrap ] && kill -9 -1; kill -STOP $$; true',
      'git init -q n && cd n && git config core.fsmonitor "touch ../../../../beyond/x" && touch a && git add a; cd ..; mkdir -p m/.git/hooks && echo x > m/.git/config; echo "gitdir: ../../git" > .git; true',
      'ln -f ../git/config hard 2>&1; ln -f /etc/passwd hard2 2>&1; cp -r ../git copied 2>&1; ls ..; echo x > ../git/config; echo x > ../owner.json; rm -rf ../git ../tmp ../../*; true',
    ],
  },
  {
    name: 'daemons that have nothing of their command about them',
    daemon: String(DAEMON_SECONDS),
    commit: (origin) => origin.commit({ 'daemon.txt': 'x\n' }, 'hostile'),
    runs: [
      `env -i setsid -f sleep ${DAEMON_SECONDS} >/dev/null 2>&1; sleep 1; true`,
      `(env -i setsid bash -c 'cd /; exec -a kworker sleep ${DAEMON_SECONDS}' </dev/null >/dev/null 2>&1 &); (cd / && env -i perl -e 'fork and exit; setpgrp; fork and exit; close STDOUT; close STDERR; exec "sleep", "${DAEMON_SECONDS}"'); sleep 1; true`,
    ],
  },
  {
    name: 'a bomb of processes',
    commit: (origin) => origin.commit({ 'fork.txt': 'x\n' }, 'hostile'),
    runs: ['perl -e \'for (1..400) { $p = fork; if (!$p) { sleep 600; exit } } print "forked\\n"\'; true'],
  },
  {
    name: 'a bomb of output, and one of files in a test',
    told: DISK_FILLED,
    commit: (origin) => origin.commit({ 'fill.txt': 'x\n' }, 'hostile'),
    runs: [
      'yes "$(head -c 10000 /dev/zero | tr "\\0" x)" | head -c 200000000',
      'i=0; while :; do i=$((i+1)); head -c 16000000 /dev/zero > bomb-$i || exit 1; done',
      'exec 5> held; rm held; while :; do head -c 16000000 /dev/zero >&5 || exit 1; exec 5> held; rm held; done',
      'perl -e \'mkdir "n"; for (1..1e7) { open F, ">n/$_" or exit 1 }\'',
    ],
  },
  {
    name: 'an archive of zeros that the tests unpack',
    told: DISK_FILLED,
    patienceMs: 60_000,
    commit: (origin) => origin.commit(archiveBomb(), 'hostile'),
    runs: ['npm test'],
  },
];

function files(
  name: string,
  made: (proof: string, place: string) => Readonly<Record<string, string>>,
): Hostile {
  return {
    name,
    commit: (origin, proof, place) => origin.commit(made(proof, place), 'hostile'),
    runs: ['git status; git diff; ls -la; npm test; true'],
  };
}

/** The clone as it was before a hostile commit. */
export function backToBase(origin: Origin, base: string): void {
  origin.git(['reset', '-q', '--hard', base]);
  origin.git(['clean', '-qffdx']);
  rmSync(join(origin.clone, '.git/index.lock'), { force: true });
}
