/** Puts texts into a Markdown fence that none of them closes. */
export function fenced(texts: readonly string[], language = 'text'): string[] {
  const longest = texts.reduce((most, text) => Math.max(most, longestRun(text)), 2)
  const fence = '`'.repeat(longest + 1)
  return [`${fence}${language}`, ...texts, fence]
}

/** The length of the longest run of backticks. */
export function longestRun(text: string): number {
  let [longest, run] = [0, 0]
  for (const character of text) {
    run = character === '`' ? run + 1 : 0
    if (run > longest) longest = run
  }
  return longest
}
