import { tmpdir } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { openNetwork } from '../../src/agents/sandbox/network.ts';
import { TransientError } from '../../src/core/errors.ts';

const REQUEST = { command: 'true', hosts: ['registry.example.net'], writable: [tmpdir()], readable: [] };
const { execPath } = process;

afterEach(() => {
  process.execPath = execPath;
});

test.each([
  ['cannot be started', '/nowhere/node', [], 'ENOENT'],
  ['end before they are ready', execPath, ['--no-such-argument'], 'no-such-argument'],
])('proxies that %s are passing trouble, and say why', async (_, path, args, why) => {
  process.execPath = path;
  const error = await openNetwork(REQUEST, args).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TransientError);
  expect(error).toHaveProperty('cause.message', expect.stringContaining(why));
});
