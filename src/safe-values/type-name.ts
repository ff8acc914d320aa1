/** What a message says was given instead of what was expected: its type, never the value, which may be a secret. */
export function typeName(value: unknown): string {
  return value === null ? 'null' : typeof value
}
