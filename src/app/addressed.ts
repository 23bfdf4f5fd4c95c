/** `backend: why …` names a specialist only when the crew has one of that name. */
export function addressed(
  args: string,
  roles: readonly string[],
): { readonly role: string | null; readonly text: string } {
  const match = /^([a-z0-9-]+):\s*(.*)$/i.exec(args);
  const role = match?.[1]?.toLowerCase() ?? '';
  return roles.includes(role) ? { role, text: match?.[2] ?? '' } : { role: null, text: args };
}
