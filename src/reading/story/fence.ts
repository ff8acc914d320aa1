// A fence is longer than each run in it. Without a limit, it would be as long as a text that is all backticks.
const maxRun = '`'.repeat(8)

/** Puts texts into a Markdown fence that none of them closes. Backslashes of the texts are escaped, as in JSON. */
export function fenced(texts: readonly string[], language = 'text'): string[] {
  const shown = texts.map(withoutLongRuns)
  const longest = shown.reduce((most, text) => Math.max(most, longestRun(text)), 2)
  const fence = '`'.repeat(longest + 1)
  return [`${fence}${language}`, ...shown, fence]
}

/** The text, whose backslashes are escaped, with an escape in each long run of backticks. */
export function withoutLongRuns(text: string): string {
  return text.replaceAll(`${maxRun}\``, `${maxRun}\\u0060`)
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
