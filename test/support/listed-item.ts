/** An open issue as GitHub lists it. */
import type { ListedItem } from '../../src/core/reconcile/standing-items.ts';

export function listedItem(
  change: Pick<ListedItem, 'number' | 'createdAt' | 'updatedAt'> & Partial<ListedItem>,
): ListedItem {
  return {
    isPull: false,
    title: 'Press',
    body: '',
    open: true,
    labels: [],
    author: { login: 'ines', isBot: false },
    ...change,
  };
}
