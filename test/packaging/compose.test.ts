/** docker-compose.yml as the compose file format reads it: merge keys resolved, variables as written. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseConfig } from '../../src/config.ts';
import { environmentSchema } from '../../src/settings.ts';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');

const serviceSchema = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()),
  ports: z.array(z.string()).optional(),
  networks: z.array(z.string()),
  volumes: z.array(z.string()),
  restart: z.string(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  healthcheck: z.looseObject({ test: z.array(z.string()), interval: z.string() }),
  deploy: z.object({ resources: z.object({ limits: z.object({ cpus: z.string(), memory: z.string() }) }) }),
});
const { services } = z
  .looseObject({ services: z.record(z.string(), serviceSchema) })
  .parse(parse(text, { merge: true }));

const roleFiles = readdirSync(join(root, 'src/agents/roles')).map((file) => file.replace(/\.md$/, ''));
const STORES = ['postgres', 'redis'];
const crew = Object.entries(services).filter(([name]) => !STORES.includes(name));
const workers = crew.filter(([name]) => name !== 'web');

describe('docker-compose.yml', () => {
  it('has web, one service for each role file, Postgres with pgvector and Redis with AOF', () => {
    expect(Object.keys(services).sort()).toEqual(['web', ...roleFiles, ...STORES].sort());
    expect(services.postgres?.image).toMatch(/^pgvector\/pgvector:pg\d+$/);
    expect(services.redis?.command?.join(' ')).toContain('--appendonly yes');
  });

  it('gives each worker the role that it is named for', () => {
    for (const [name, service] of workers) {
      expect([service.command, service.environment.CREW_ROLES]).toEqual([['worker'], name]);
    }
  });

  it('passes every setting on, but for those that the image makes', () => {
    const ofTheImage = ['CREW_STATE_DIR', 'HOST', 'LOG_FORMAT', 'PATH', 'PORT', 'PRIVATE_KEY_PATH'];
    const passed = crew.flatMap(([, { environment }]) => Object.keys(environment));

    const left = environmentSchema.keyof().options.filter((name) => !passed.includes(name));

    expect(left.sort()).toEqual(ofTheImage);
  });

  it('publishes a port of web only, and keeps everything on the private network', () => {
    const published = Object.entries(services).filter(([, service]) => service.ports !== undefined);

    expect(published.map(([name]) => name)).toEqual(['web']);
    for (const [name, { networks }] of Object.entries(services)) {
      expect([name, networks]).toEqual([name, name === 'web' ? ['private', 'public'] : ['private']]);
    }
  });

  it('checks the health of every service every 30 seconds and starts again what failed', () => {
    for (const [name, service] of Object.entries(services)) {
      expect([name, service.healthcheck.interval, service.restart]).toEqual([name, '30s', 'on-failure']);
    }
    for (const [name, service] of crew) {
      expect([name, service.healthcheck.test.at(-1)]).toEqual([name, 'http://127.0.0.1:3000/readyz']);
    }
  });

  it('limits each service by its tier', () => {
    const limits = Object.fromEntries(crew.map(([name, { deploy }]) => [name, deploy.resources.limits]));

    expect(limits).toEqual({
      web: { cpus: '1', memory: '1G' },
      ...Object.fromEntries(roleFiles.map((role) => [role, limitOf(role)])),
    });
  });

  it('mounts the hive mind read-only and takes every capability from the crew', () => {
    for (const [name, service] of crew) {
      expect([name, service.volumes[0], service.cap_drop]).toEqual([
        name,
        './hive-mind:/app/hive-mind:ro',
        ['ALL'],
      ]);
      expect(service.security_opt).toContain('no-new-privileges:true');
    }
  });

  it('keeps the key of the model from web, which asks no model', () => {
    expect(services.web?.environment).not.toHaveProperty('ANTHROPIC_API_KEY');
    for (const [name, { environment }] of workers) {
      expect([name, environment.ANTHROPIC_API_KEY]).toEqual([name, expect.stringContaining(':?')]);
    }
  });

  it('sets only what the crew reads, from variables that .env.example names', () => {
    const example = readFileSync(join(root, '.env.example'), 'utf8');
    const known = new Set([...example.matchAll(/^([A-Z][A-Z0-9_]*)=/gm)].map((match) => match[1]));
    const used = [...text.matchAll(/(?<!\$)\$\{([A-Z0-9_]+)/g)].map((match) => match[1]);
    const set = crew.flatMap(([, service]) => Object.keys(service.environment));

    expect(used.length).toBeGreaterThan(10);
    expect([...used, ...set].filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(crew)(
    '%s starts with settings that the crew accepts, the optional ones left blank',
    (_, service) => {
      const environment = Object.fromEntries(
        Object.entries({ ...imageEnvironment(), ...service.environment }).map(([name, value]) => [
          name,
          filledIn(value),
        ]),
      );

      const config = parseConfig(environment, false);

      expect(config).toMatchObject({
        app: { id: 1, webhookSecrets: ['1'] },
        http: { host: '0.0.0.0', port: 3000 },
        stateDir: '/var/lib/crew',
        databaseUrl: 'postgres://crew:1@postgres:5432/crew',
        redisUrl: 'redis://:1@redis:6379',
      });
    },
  );
});

describe('Dockerfile', () => {
  it('runs as another user than root and copies only what .dockerignore lets in', () => {
    const lines = readFileSync(join(root, 'Dockerfile'), 'utf8').split('\n');
    const admitted: readonly string[] =
      readFileSync(join(root, '.dockerignore'), 'utf8').match(/(?<=^!).*/gm) ?? [];
    const copied = lines
      .filter((line) => /^COPY (?!--from)/.test(line))
      .flatMap((line) => line.split(/\s+/).slice(1, -1))
      .filter((path) => path !== '.');

    expect(lines.findLast((line) => line.startsWith('USER '))).toBe('USER crew');
    expect(copied.filter((path) => !admitted.includes(path.replace('./', '')))).toEqual([]);
    expect(admitted.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

function limitOf(role: string): { readonly cpus: string; readonly memory: string } {
  const file = readFileSync(join(root, 'src/agents/roles', `${role}.md`), 'utf8');
  return /^tier: 1$/m.test(file) ? { cpus: '0.75', memory: '768M' } : { cpus: '0.5', memory: '512M' };
}

function imageEnvironment(): Readonly<Record<string, string>> {
  const line = readFileSync(join(root, 'Dockerfile'), 'utf8').match(/^ENV (.*)$/m)?.[1] ?? '';
  return Object.fromEntries(line.split(' ').map((pair) => pair.split('=') as [string, string]));
}

/** Required variables as `1`, optional ones without a value; a PEM is wanted of the private key. */
function filledIn(value: string): string {
  if (value.includes('PRIVATE_KEY')) return '-----BEGIN PRIVATE KEY-----';
  return value.replaceAll(/\$\{[A-Z0-9_]+:([?-])[^}]*\}/g, (_, kind: string) => (kind === '?' ? '1' : ''));
}
