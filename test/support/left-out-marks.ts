/**
 * How a test is marked as left out, for the texts of patches that our tests judge. Not written in one piece there: whoever searches
 * this repository for tests that are skipped shall find those alone that are.
 */
export const SKIP = '.skip';
export const ONLY = '.only';
