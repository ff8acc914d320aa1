const lineHead = /^(?:\{"(?:time|@?timestamp)":"|\[)(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)/

/**
 * True for a line that `detail` kept until the end of its request: its time is earlier than those of the lines around it.
 * @param line as far as it is known
 */
export function isLate(line: string): boolean {
  return line.includes('"late":true')
}

/** The time of a line, ms since the epoch, from its first characters. @returns undefined for lines of other programs */
export function lineTime(head: string): number | undefined {
  const time = lineHead.exec(head)?.[1]
  return time === undefined ? undefined : Date.parse(time)
}
