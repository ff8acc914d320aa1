/** True for the code of a letter or underscore, and of each character beyond ASCII. */
export function isWord(code: number): boolean {
  return (code > 96 && code < 123) || (code > 64 && code < 91) || code === 95 || code > 127
}

/** True for the code of a digit. */
export function isDigit(code: number): boolean {
  return code > 47 && code < 58
}
