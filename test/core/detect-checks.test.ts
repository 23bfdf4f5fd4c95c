import { describe, expect, it } from 'vitest';
import type { RepositoryRoot } from '../../src/core/implement/detect-checks.ts';
import { detectChecks } from '../../src/core/implement/detect-checks.ts';

const scripts = (of: Record<string, string>) => ({ 'package.json': JSON.stringify({ scripts: of }) });

describe('the checks of a repository that states none', () => {
  it.each<[string, readonly string[], RepositoryRoot['texts'], readonly string[]]>([
    ['npm', [], scripts({ test: 'vitest', lint: 'eslint .' }), ['npm test', 'npm run lint']],
    [
      'pnpm',
      ['pnpm-lock.yaml'],
      scripts({ test: 'x', 'type-check': 'tsc' }),
      ['pnpm test', 'pnpm run type-check'],
    ],
    ['yarn', ['yarn.lock'], scripts({ test: 'x' }), ['yarn test']],
    ['the placeholder of npm init', [], scripts({ test: 'echo "Error: no test specified"' }), []],
    ['a package.json that is none', [], { 'package.json': '{' }, []],
    ['scripts that are none', [], { 'package.json': '{"scripts":[1]}' }, []],
    ['a script by an inherited name', [], { 'package.json': '{"scripts":{}}' }, []],
    ['Go', ['go.mod'], {}, ['go test ./...']],
    ['Rust', ['Cargo.toml'], {}, ['cargo test']],
    ['pytest by its file', ['pytest.ini'], {}, ['python3 -m pytest']],
    ['pytest by pyproject', [], { 'pyproject.toml': '[tool.pytest.ini_options]' }, ['python3 -m pytest']],
    ['pytest by setup.cfg', [], { 'setup.cfg': '[tool:pytest]' }, ['python3 -m pytest']],
    ['tox', ['tox.ini'], {}, ['python3 -m pytest']],
    ['Maven', ['pom.xml'], {}, ['mvn --batch-mode test']],
    ['Maven with a wrapper', ['pom.xml', 'mvnw'], {}, ['./mvnw --batch-mode test']],
    ['Gradle', ['build.gradle.kts'], {}, ['gradle test']],
    ['Gradle with a wrapper', ['build.gradle', 'gradlew'], {}, ['./gradlew test']],
    ['Composer', [], { 'composer.json': '{"scripts":{"test":"phpunit"}}' }, ['composer test']],
    ['PHPUnit', ['phpunit.xml.dist'], { 'composer.json': '{}' }, ['vendor/bin/phpunit']],
    ['RSpec', ['.rspec'], {}, ['bundle exec rspec']],
    ['Rake', [], { Rakefile: 'Rake::TestTask.new' }, ['bundle exec rake test']],
    ['.NET', ['Shop.sln'], {}, ['dotnet test']],
    ['Elixir', ['mix.exs'], {}, ['mix test']],
    ['a Makefile', [], { Makefile: 'build:\n\tcc\ntest: build\n\t./t' }, ['make test']],
    ['a Makefile with check', [], { Makefile: 'check:\n\t./t' }, ['make check']],
    ['a variable in a Makefile', [], { Makefile: 'test := 1' }, []],
    ['a Makefile beside a language', ['go.mod'], { Makefile: 'test:\n' }, ['go test ./...']],
    ['two languages', ['go.mod'], scripts({ test: 'x' }), ['npm test', 'go test ./...']],
    ['nothing known', ['README.md'], {}, []],
  ])('are recognised: %s', (_, names, texts, checks) => {
    expect(detectChecks({ names, texts })).toEqual(checks);
  });
});
