/** The first `most` characters of a text at the most, without half of a pair at the end. */
export function firstCharacters(text: string, most: number): string {
  return text.slice(0, most).replace(/[\ud800-\udbff]$/, '')
}
