/** Requests whose refusal may mean no more than that something is not there. */
import { isRefusal } from './refusal.ts';

export async function nullOn404<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (isRefusal(error, 404)) return null;
    throw error;
  }
}

/** GitHub tells of a deleted issue by 410. */
export async function nullWhenGone<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await nullOn404(request);
  } catch (error) {
    if (isRefusal(error, 410)) return null;
    throw error;
  }
}
