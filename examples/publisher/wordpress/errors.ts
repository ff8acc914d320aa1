/** What can go wrong with a WordPress site, and the status this service answers then. */
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
  wordpress_bad_answer: 'The WordPress site answered with something else than its REST API does.',
}

export type WordPressErrorCode = keyof typeof STATUS

/** A call to WordPress that did not work out. The message and the cause are for the logs, `code` is for everybody. */
export class WordPressError extends Error {
  override readonly name = 'WordPressError'
  readonly code: WordPressErrorCode

  constructor(code: WordPressErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** For `createSpoor({ errors: { map } })`: what the caller is told if a request failed because of WordPress. */
export function answerToWordPressError(error: unknown): { status: number; code: string; detail: string } | undefined {
  if (!(error instanceof WordPressError)) return undefined
  return { status: STATUS[error.code], code: error.code, detail: DETAIL[error.code] }
}
