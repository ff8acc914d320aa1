/** A failure that is not the reader's fault. The reader may retry later. */
export class ReadingError extends Error {
  /** The record store failed or did not answer; or too many searches of log files are waiting. */
  readonly code: 'ERR_SPOOR_STORE' | 'ERR_SPOOR_BUSY'

  constructor(code: ReadingError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ReadingError'
    this.code = code
  }
}
