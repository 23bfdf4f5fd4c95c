// Every REST operation that the offline GitHub knows.
import type { Routes } from '../router.ts';
import { actionRoutes } from './actions.ts';
import { appRoutes } from './app.ts';
import { checkRoutes } from './checks.ts';
import { commentRoutes } from './comments.ts';
import { contentRoutes } from './contents.ts';
import { gitDataRoutes } from './git-data.ts';
import { issueRoutes } from './issues.ts';
import { metaRoutes } from './meta.ts';
import { pullRoutes } from './pulls.ts';
import { repoRoutes } from './repos.ts';
import { reviewCommentRoutes } from './review-comments.ts';
import { reviewRoutes } from './reviews.ts';

export const routes: Routes = {
  ...appRoutes,
  ...metaRoutes,
  ...repoRoutes,
  ...contentRoutes,
  ...gitDataRoutes,
  ...issueRoutes,
  ...commentRoutes,
  ...pullRoutes,
  ...reviewRoutes,
  ...reviewCommentRoutes,
  ...checkRoutes,
  ...actionRoutes,
};
