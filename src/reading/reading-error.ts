/** What keeps a reader from an answer and is not his fault: he may ask again later. */
export class ReadingError extends Error {
  /** The store of records failed or did not answer; or too many searches of the log files are under way. */
  readonly code: 'ERR_SPOOR_STORE' | 'ERR_SPOOR_BUSY'

  constructor(code: ReadingError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ReadingError'
    this.code = code
  }
}
