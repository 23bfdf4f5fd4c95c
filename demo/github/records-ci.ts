// The documents about checks, statuses, deployments and workflow runs.

export interface AnnotationPart {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column: number | null;
  readonly end_column: number | null;
  readonly annotation_level: string;
  readonly title: string | null;
  readonly message: string;
  readonly raw_details: string | null;
}

export interface CheckSuiteDoc {
  readonly id: number;
  readonly repo: number;
  readonly app: string;
  readonly headSha: string;
  readonly headBranch: string | null;
  readonly before: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface CheckRunDoc {
  readonly id: number;
  readonly repo: number;
  readonly suite: number;
  readonly app: string;
  readonly name: string;
  readonly headSha: string;
  readonly externalId: string;
  readonly detailsUrl: string | null;
  readonly status: 'queued' | 'in_progress' | 'completed' | 'waiting';
  readonly conclusion: string | null;
  readonly startedAt: string;
  readonly completedAt: string | null;
  readonly title: string | null;
  readonly summary: string | null;
  readonly text: string | null;
  readonly annotations: readonly AnnotationPart[];
}

export interface StatusDoc {
  readonly id: number;
  readonly repo: number;
  readonly sha: string;
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  readonly context: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly user: string;
  readonly createdAt: string;
}

export interface DeploymentDoc {
  readonly id: number;
  readonly repo: number;
  readonly sha: string;
  readonly ref: string;
  readonly environment: string;
  readonly description: string | null;
  readonly user: string;
  readonly createdAt: string;
}

export interface DeploymentStatusDoc {
  readonly id: number;
  readonly repo: number;
  readonly deployment: number;
  readonly state: string;
  readonly description: string;
  readonly environmentUrl: string;
  readonly targetUrl: string;
  readonly logUrl: string;
  readonly user: string;
  readonly createdAt: string;
}

export interface WorkflowRunDoc {
  readonly id: number;
  readonly repo: number;
  readonly suite: number;
  readonly workflow: number;
  readonly name: string;
  readonly path: string;
  readonly event: string;
  readonly headSha: string;
  readonly headBranch: string;
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion: string | null;
  readonly runNumber: number;
  readonly runAttempt: number;
  readonly actor: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface JobDoc {
  readonly id: number;
  readonly repo: number;
  readonly run: number;
  /** Attempt of the run that it belongs to. */
  readonly attempt: number;
  readonly name: string;
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion: string | null;
  readonly steps: readonly { readonly name: string; readonly conclusion: string | null }[];
  readonly log: string;
  readonly startedAt: string;
  readonly completedAt: string | null;
}
