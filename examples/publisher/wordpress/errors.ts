/** The failures of a WordPress site, and the status of this service's response. */
const STATUS = {
  wordpress_unreachable: 502,
  wordpress_timeout: 504,
  wordpress_refused_credentials: 502,
  wordpress_rejected_post: 422,
  wordpress_failed: 502,
  wordpress_bad_answer: 502,
} as const

const DETAIL: Record<WordPressErrorCode, string> = {
  wordpress_unreachable: 'The WordPress site cannot be reached.',
  wordpress_timeout: 'The WordPress site did not answer in time.',
  wordpress_refused_credentials: 'The WordPress site refuses the user or application password of this account.',
  wordpress_rejected_post: 'The WordPress site does not accept this post.',
  wordpress_failed: 'The WordPress site failed.',
  wordpress_bad_answer: 'The WordPress site gave an unexpected response.',
}

export type WordPressErrorCode = keyof typeof STATUS

/** A call to WordPress that failed. The message and the cause are for the logs, `code` is for callers. */
export class WordPressError extends Error {
  override readonly name = 'WordPressError'
  readonly code: WordPressErrorCode

  constructor(code: WordPressErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** For `createSpoor({ errors: { map } })`: the response to a request that failed because of WordPress. */
export function answerToWordPressError(error: unknown): { status: number; code: string; detail: string } | undefined {
  if (!(error instanceof WordPressError)) return undefined
  return { status: STATUS[error.code], code: error.code, detail: DETAIL[error.code] }
}
