/** Which commands check a repository that does not say so in `.github/crew.yml`: recognised from its own files. Pure. */

/** Files that recognition reads; it asks for the text of no other. */
export const CHECK_FILES = [
  'package.json',
  'Makefile',
  'pyproject.toml',
  'setup.cfg',
  'composer.json',
  'Rakefile',
] as const;

/** Names in the root that tell by being there. */
const MARKS = {
  pnpm: ['pnpm-lock.yaml'],
  yarn: ['yarn.lock'],
  pytest: ['pytest.ini', 'tox.ini', 'conftest.py'],
  go: ['go.mod'],
  cargo: ['Cargo.toml'],
  maven: ['pom.xml'],
  gradle: ['build.gradle', 'build.gradle.kts'],
  phpunit: ['phpunit.xml', 'phpunit.xml.dist'],
  rspec: ['.rspec'],
  mix: ['mix.exs'],
} as const;

export interface RepositoryRoot {
  /** Names of the files and folders in the root. */
  readonly names: readonly string[];
  readonly texts: Readonly<Partial<Record<(typeof CHECK_FILES)[number], string>>>;
}

/** What `npm init` writes where there are no tests. */
const NPM_PLACEHOLDER = 'no test specified';
/** Scripts that check and change nothing, by the names that people give them; of each list the first that is there. */
const SCRIPTS = [['test'], ['lint'], ['typecheck', 'type-check', 'check-types', 'tsc']] as const;
const CHECKS_MAX = 8;

/** In the order in which they run. Those of a language stand before those of a Makefile, which count where no language's are known. */
export function detectChecks(root: RepositoryRoot): readonly string[] {
  const own = [
    ...packageScripts(root),
    ...(has(root, 'go') ? ['go test ./...'] : []),
    ...(has(root, 'cargo') ? ['cargo test'] : []),
    ...pytest(root),
    ...jvm(root),
    ...php(root),
    ...ruby(root),
    ...(root.names.some((name) => /\.(?:sln|slnx|csproj|fsproj)$/.test(name)) ? ['dotnet test'] : []),
    ...(has(root, 'mix') ? ['mix test'] : []),
  ];
  return (own.length > 0 ? own : make(root)).slice(0, CHECKS_MAX);
}

function has({ names }: RepositoryRoot, mark: keyof typeof MARKS): boolean {
  return MARKS[mark].some((name) => names.includes(name));
}

function packageScripts(root: RepositoryRoot): readonly string[] {
  const scripts = scriptsOf(root.texts['package.json']);
  const run = has(root, 'pnpm') ? 'pnpm' : has(root, 'yarn') ? 'yarn' : 'npm';
  return SCRIPTS.flatMap((names) => {
    const name = names.find((candidate) => {
      const script = Object.hasOwn(scripts, candidate) ? scripts[candidate] : undefined;
      return typeof script === 'string' && !script.includes(NPM_PLACEHOLDER);
    });
    if (name === undefined) return [];
    return [name === 'test' ? `${run} test` : `${run} run ${name}`];
  });
}

function scriptsOf(text: string | undefined): Readonly<Record<string, unknown>> {
  const scripts = fieldOf(text, 'scripts');
  return typeof scripts === 'object' && scripts !== null ? { ...scripts } : {};
}

function fieldOf(text: string | undefined, field: string): unknown {
  if (text === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    return Object.entries(parsed).find(([name]) => name === field)?.[1];
  } catch {
    return undefined;
  }
}

function pytest(root: RepositoryRoot): readonly string[] {
  const { texts } = root;
  const told = texts['pyproject.toml']?.includes('pytest') || texts['setup.cfg']?.includes('[tool:pytest]');
  return told || has(root, 'pytest') ? ['python3 -m pytest'] : [];
}

function jvm(root: RepositoryRoot): readonly string[] {
  if (has(root, 'maven')) {
    return [root.names.includes('mvnw') ? './mvnw --batch-mode test' : 'mvn --batch-mode test'];
  }
  if (!has(root, 'gradle')) return [];
  return [root.names.includes('gradlew') ? './gradlew test' : 'gradle test'];
}

function php(root: RepositoryRoot): readonly string[] {
  const scripts = fieldOf(root.texts['composer.json'], 'scripts');
  if (typeof scripts === 'object' && scripts !== null && Object.hasOwn(scripts, 'test'))
    return ['composer test'];
  return has(root, 'phpunit') ? ['vendor/bin/phpunit'] : [];
}

function ruby(root: RepositoryRoot): readonly string[] {
  if (has(root, 'rspec')) return ['bundle exec rspec'];
  const rakefile = root.texts.Rakefile ?? '';
  return /\btask\s+:?["']?(?:test|default)\b|Rake::TestTask/.test(rakefile) ? ['bundle exec rake test'] : [];
}

function make({ texts }: RepositoryRoot): readonly string[] {
  const target = ['test', 'check'].find((name) =>
    new RegExp(`^${name}\\s*:(?!=)`, 'm').test(texts.Makefile ?? ''),
  );
  return target === undefined ? [] : [`make ${target}`];
}
