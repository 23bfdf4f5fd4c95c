import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { resolveFile } from '../src/resolve-file.js';

let dir;
let root;
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'static-'));
  root = join(dir, 'public');
  for (const folder of ['public/.well-known', 'public/.git', 'public/deep/.cache', 'public-drafts', 'public/100%']) {
    mkdirSync(join(dir, folder), { recursive: true });
  }
  const files = [
    '.env', 'public/.env', 'public/.git/config', 'public/deep/.cache/x', 'public/.well-known/security.txt', 'public/index.html',
    'public/deep/a b.html', 'public/für.html', 'public-drafts/x.html', 'public/.well-known/.secret', 'public/100%/a.txt',
  ];
  for (const file of files) writeFileSync(join(dir, file), file);
  symlinkSync(join(dir, '.env'), join(root, 'settings.txt'));
  symlinkSync(join(dir, 'public-drafts'), join(root, 'drafts'));
  symlinkSync(join(root, 'index.html'), join(root, 'start.html'));
  symlinkSync(root, join(dir, 'live'));
});
after(() => rmSync(dir, { recursive: true, force: true }));

const read = (path, from = root) => {
  const file = resolveFile(from, path);
  return file === null ? null : readFileSync(file, 'utf8');
};

describe('what lies below the root', () => {
  it('is served, by its encoded name too', () => {
    assert.equal(read('/index.html'), 'public/index.html');
    assert.equal(read('/deep/a%20b.html'), 'public/deep/a b.html');
    assert.equal(read('/f%C3%BCr.html'), 'public/für.html');
    assert.equal(read('/100%25/a.txt'), 'public/100%/a.txt');
    assert.equal(read('/.well-known/security.txt'), 'public/.well-known/security.txt');
    assert.equal(read('/start.html'), 'public/index.html');
  });

  it('is served where the root is a link', () => {
    assert.equal(read('/index.html', join(dir, 'live')), 'public/index.html');
    assert.equal(read('/index.html', `${root}/`), 'public/index.html');
  });
});

describe('everything else is null', () => {
  const refused = [
    '/..%2f.env', '/%2e%2e/.env', '/../.env', '/....//.env', '/..././.env', '/deep/..%2f..%2f.env', '/%2e%2e%2fpublic-drafts/x.html',
    '/../public-drafts/x.html', '/..%2fpublic-drafts%2fx.html', '/settings.txt', '/drafts/x.html', '/.env', '/.git/config',
    '/deep/.cache/x', '/.well-known/.secret', '/', '/deep', '/deep/', '/%', '/%ff', '/index.html%00', '/index.html%00.png', '', '//',
    '/%2e%65nv', `/${'a/'.repeat(5000)}`, `/${'a'.repeat(5000)}`, '/index.html/x',
  ];
  for (const path of refused) {
    it(`for ${path.slice(0, 60) || '(nothing)'}`, () => assert.equal(resolveFile(root, path), null));
  }
});
