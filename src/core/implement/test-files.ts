/** Which files hold tests, and which say how tests are run. By their names alone. Pure. */

const TEST_FILE =
  /(?:^|\/)(?:tests?|__tests__|specs?|testing|e2e|cypress)\/|[._-](?:test|spec|tests|specs|e2e|cy)\.[a-z]{1,4}$|(?:^|\/)test_[^/]*\.py$|(?:^|\/)conftest\.py$|(?:Tests?|TestCase|Spec|IT)\.(?:java|kt|kts|groovy|scala|cs|fs|php|swift)$/;

const RUN_FILE =
  /(?:^|\/)(?:package\.json|[Mm]akefile|GNUmakefile|[Jj]ustfile|Taskfile\.ya?ml|tox\.ini|noxfile\.py|setup\.cfg|pytest\.ini|pyproject\.toml|Cargo\.toml|pom\.xml|build\.gradle(?:\.kts)?|Rakefile|Dockerfile|\.coveragerc|\.nycrc(?:\.json)?|codecov\.ya?ml|phpunit\.xml(?:\.dist)?|crew\.yml|Jenkinsfile|\.gitlab-ci\.ya?ml|azure-pipelines\.ya?ml)$|(?:^|\/)\.github\/(?:workflows|actions)\/|(?:^|\/)\.circleci\/|\.(?:sh|bash)$|(?:^|\/)(?:scripts|bin|ci)\//;

const RUNNER_CONFIG =
  /(?:^|\/)(?:vite|vitest|jest|playwright|cypress|karma|ava|wdio|mocha)[\w.-]*\.(?:config|conf|setup|workspace)\.[a-z]{1,4}$|(?:^|\/)\.mocharc[\w.]*$|(?:^|\/)jest[\w.-]*\.json$/;

export function isTestFile(path: string): boolean {
  return TEST_FILE.test(path) && !RUNNER_CONFIG.test(path);
}

/** By its own name, wherever it lies. */
export function isNamedTest(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return TEST_FILE.test(name);
}

export function saysHowTestsRun(path: string): boolean {
  return RUN_FILE.test(path) || RUNNER_CONFIG.test(path);
}
