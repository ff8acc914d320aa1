/** The type of a value, for messages that say which value was given. Never the value itself, which may be a secret. */
export function typeName(value: unknown): string {
  return value === null ? 'null' : typeof value
}
