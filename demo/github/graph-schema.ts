// The SDL of the part of GitHub's GraphQL that the offline GitHub speaks; names and nullability are GitHub's.
import { buildSchema } from 'graphql';

export const schema = buildSchema(`
  scalar BigInt
  interface Node { id: ID! }
  interface Actor { login: String! url: String! avatarUrl: String! }
  type User implements Actor & Node { id: ID! login: String! url: String! avatarUrl: String! databaseId: Int }
  type Bot implements Actor & Node { id: ID! login: String! url: String! avatarUrl: String! databaseId: Int }
  type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  enum ReportedContentClassifiers { SPAM ABUSE OFF_TOPIC OUTDATED DUPLICATE RESOLVED LOW_QUALITY }
  enum DiffSide { LEFT RIGHT }
  enum ReactionContent { THUMBS_UP THUMBS_DOWN LAUGH CONFUSED HEART HOORAY ROCKET EYES }
  enum PullRequestState { OPEN CLOSED MERGED }
  interface Minimizable { isMinimized: Boolean! minimizedReason: String }
  type IssueComment implements Node & Minimizable {
    id: ID! databaseId: Int body: String! author: Actor isMinimized: Boolean! minimizedReason: String
  }
  type Reaction implements Node { id: ID! databaseId: Int content: ReactionContent! createdAt: String! user: User }
  type ReactionConnection { nodes: [Reaction] totalCount: Int! pageInfo: PageInfo! }
  type PullRequestReviewComment implements Node & Minimizable {
    id: ID! databaseId: Int fullDatabaseId: BigInt body: String! author: Actor path: String! line: Int originalLine: Int
    outdated: Boolean! createdAt: String! updatedAt: String! url: String! isMinimized: Boolean! minimizedReason: String
    replyTo: PullRequestReviewComment
    reactions(content: ReactionContent, first: Int, last: Int, after: String): ReactionConnection!
  }
  type PullRequestReviewCommentConnection {
    nodes: [PullRequestReviewComment] totalCount: Int! pageInfo: PageInfo!
  }
  type PullRequestReviewThread implements Node {
    id: ID! isResolved: Boolean! isOutdated: Boolean! path: String! line: Int startLine: Int originalLine: Int
    diffSide: DiffSide! resolvedBy: User viewerCanResolve: Boolean! pullRequest: PullRequest!
    comments(first: Int, last: Int, after: String): PullRequestReviewCommentConnection!
  }
  type PullRequestReviewThreadConnection {
    nodes: [PullRequestReviewThread] totalCount: Int! pageInfo: PageInfo!
  }
  type PullRequest implements Node {
    id: ID! databaseId: Int number: Int! title: String! url: String! isDraft: Boolean! state: PullRequestState!
    isCrossRepository: Boolean! headRefOid: String! baseRefOid: String! headRefName: String! baseRefName: String! author: Actor
    reviewThreads(first: Int, last: Int, after: String): PullRequestReviewThreadConnection!
  }
  type RenamedTitleEvent implements Node { id: ID! createdAt: String! previousTitle: String! currentTitle: String! }
  union IssueTimelineItems = RenamedTitleEvent
  enum IssueTimelineItemsItemType { RENAMED_TITLE_EVENT }
  type IssueTimelineItemsConnection { nodes: [IssueTimelineItems] totalCount: Int! pageInfo: PageInfo! }
  type Issue implements Node {
    id: ID! databaseId: Int number: Int! title: String! body: String! url: String! author: Actor
    createdAt: String! updatedAt: String! lastEditedAt: String
    timelineItems(
      first: Int, last: Int, after: String, itemTypes: [IssueTimelineItemsItemType!]
    ): IssueTimelineItemsConnection!
  }
  type Repository implements Node {
    id: ID! databaseId: Int name: String! nameWithOwner: String! pullRequest(number: Int!): PullRequest
    issue(number: Int!): Issue
  }
  input ThreadInput { threadId: ID! clientMutationId: String }
  input PullInput { pullRequestId: ID! clientMutationId: String }
  input MinimizeCommentInput { subjectId: ID! classifier: ReportedContentClassifiers! clientMutationId: String }
  input UnminimizeCommentInput { subjectId: ID! clientMutationId: String }
  input ReplyInput {
    pullRequestReviewThreadId: ID! body: String! pullRequestReviewId: ID clientMutationId: String
  }
  type ThreadPayload { thread: PullRequestReviewThread clientMutationId: String }
  type PullPayload { pullRequest: PullRequest clientMutationId: String }
  type MinimizePayload { minimizedComment: Minimizable clientMutationId: String }
  type UnminimizePayload { unminimizedComment: Minimizable clientMutationId: String }
  type ReplyPayload { comment: PullRequestReviewComment clientMutationId: String }
  type Query {
    repository(owner: String!, name: String!, followRenames: Boolean): Repository
    node(id: ID!): Node
    viewer: Actor!
  }
  type Mutation {
    resolveReviewThread(input: ThreadInput!): ThreadPayload
    unresolveReviewThread(input: ThreadInput!): ThreadPayload
    markPullRequestReadyForReview(input: PullInput!): PullPayload
    convertPullRequestToDraft(input: PullInput!): PullPayload
    minimizeComment(input: MinimizeCommentInput!): MinimizePayload
    unminimizeComment(input: UnminimizeCommentInput!): UnminimizePayload
    addPullRequestReviewThreadReply(input: ReplyInput!): ReplyPayload
  }
`);
