import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'

/** A file of the page, as the build made it. */
export interface PageFile {
  /** Its media type. */
  readonly type: string
  /** A hash of the body, in quotes (RFC 9110, 8.8.3). */
  readonly etag: string
  readonly body: string
}

/**
 * The files of the page. Brotli makes them smaller than npm's gzip would. They are unpacked once, at the first
 * visit (docs/decisions/0167-what-the-package-leaves-out.md).
 *
 * @param packed JSON in Brotli in base64; '' for none
 */
export async function unpackedPage(packed: string): Promise<Readonly<Record<string, PageFile>>> {
  if (packed === '') return {}
  const json = await promisify(brotliDecompress)(Buffer.from(packed, 'base64'))
  return JSON.parse(json.toString())
}
