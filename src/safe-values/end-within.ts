/**
 * The number of characters of `text` that take at most `max` bytes on a line. In escaped JSON, a quote or a backslash
 * takes up to four bytes, and a control character or a character outside ASCII takes up to six.
 */
export function endWithin(text: string, max: number): number {
  let bytes = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    bytes += code === 0x22 || code === 0x5c ? 4 : code < 0x20 || code > 0x7e ? 6 : 1
    if (bytes > max) return at
  }
  return text.length
}
