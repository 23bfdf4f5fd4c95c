/** What a repository's own files say of its pull requests: the template of their bodies, and whether continuous integration runs on them. Pure. */

/** Folders that GitHub looks for a template in; '' is the root. */
export const TEMPLATE_FOLDERS = ['.github', '', 'docs'] as const;
/** A folder of several templates, of which none is used unless it is asked for; one alone is. */
const TEMPLATES_FOLDER = /^pull_request_template$/i;
const TEMPLATE = /^pull_request_template(?:\.(?:md|markdown|txt))?$/i;
const TEMPLATE_IN_FOLDER = /\.(?:md|markdown|txt)$/i;
const WORKFLOW = /\.ya?ml$/i;

/** Names by folder, as far as they could be listed. */
export type Listing = ReadonlyMap<string, readonly string[]>;

/** Paths to look at for a template, the one that counts first. A name may also be that of a folder, which has no text. */
export function templatePaths(listing: Listing): readonly string[] {
  return TEMPLATE_FOLDERS.flatMap((folder) => {
    const names = listing.get(folder) ?? [];
    return names.filter((name) => TEMPLATE.test(name)).map((name) => joined(folder, name));
  });
}

/** Folders that may hold several templates. */
export function templateFolders(listing: Listing): readonly string[] {
  return TEMPLATE_FOLDERS.flatMap((folder) => {
    const names = listing.get(folder) ?? [];
    return names.filter((name) => TEMPLATES_FOLDER.test(name)).map((name) => joined(folder, name));
  });
}

/** The one template of a folder of templates; null where none or several are there. */
export function onlyTemplate(names: readonly string[]): string | null {
  const templates = names.filter((name) => TEMPLATE_IN_FOLDER.test(name));
  return templates.length === 1 ? (templates[0] ?? null) : null;
}

const CI_FILES: readonly string[] = [
  '.travis.yml',
  '.gitlab-ci.yml',
  '.drone.yml',
  '.drone.yaml',
  '.cirrus.yml',
  '.cirrus.star',
  '.woodpecker.yml',
  '.woodpecker.yaml',
  '.appveyor.yml',
  'appveyor.yml',
  'Jenkinsfile',
  'azure-pipelines.yml',
  'azure-pipelines.yaml',
  'bitbucket-pipelines.yml',
  'buildkite.yml',
  'codeship-steps.yml',
  'wercker.yml',
  '.semaphore',
  '.woodpecker',
  '.buildkite',
  '.teamcity',
  '.tekton',
];
export const CI_FOLDERS = ['.github/workflows', '.circleci', '.azure-pipelines'] as const;

/** A root that could not be listed may hold anything, so the answer is yes: nothing then counts as finished without it. */
export function hasCiIn(listing: Listing): boolean {
  const root = listing.get('');
  if (root === undefined || root.some((name) => CI_FILES.includes(name))) return true;
  return CI_FOLDERS.some((folder) => (listing.get(folder) ?? []).some((name) => WORKFLOW.test(name)));
}

function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
