/** A file of the page, as the build made it. */
export interface PageFile {
  /** Its media type. */
  readonly type: string
  /** A hash of the body, in quotes (RFC 9110, 8.8.3). */
  readonly etag: string
  readonly body: string
}

/**
 * The files of the page by their paths below the mount, `''` being the page itself. Empty in the sources: the build puts
 * inspector-ui/ here (scripts/bundle.mjs), in a module that is loaded with the first visit.
 */
export const pageFiles: Readonly<Record<string, PageFile>> = {}
