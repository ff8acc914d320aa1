import { escapeJson } from '../safe-values/escape.js'

/** The text with which every line names its account, in each format. Lines without an account match no reader. */
export function ownerText(account = ''): string {
  return `"account":${escapeJson(JSON.stringify(account))}`
}
