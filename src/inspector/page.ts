import type { RequestInfo } from '../http/request-info.js'
import type { InspectorAnswer } from './respond.js'
import type { PageFile } from './unpacked-page.js'

/**
 * Nothing but the page's own files is loaded, and no other page shows it in a frame.
 *
 * @see https://www.w3.org/TR/CSP3/
 */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

type PageRequest = Pick<RequestInfo, 'path' | 'header'>

/** True for paths of the page: it has no data, so everyone who may reach the service may load it. */
export function isPagePath(path: string): boolean {
  return path === '' || path === '/' || path.startsWith('/assets/')
}

/**
 * Answers with a file of the page. Undefined if the page has no such file.
 *
 * @param path the part of the URL below the mount
 */
export async function pageAnswer(path: string, request: PageRequest): Promise<InspectorAnswer | undefined> {
  const files = await (await import('./page-files.js')).pageFiles
  const name = path.replace(/^\//, '')
  const file = Object.hasOwn(files, name) ? files[name] : undefined
  if (file === undefined) return undefined
  // The page's own addresses are relative, so the one of the page itself must end with a slash.
  if (name === '' && !request.path.endsWith('/')) return redirect(request.path)
  return fileAnswer(file, name === '', request)
}

function fileAnswer(file: PageFile, isHtml: boolean, request: PageRequest): InspectorAnswer {
  const { etag } = file
  const headers = {
    'content-type': file.type,
    etag,
    // The names of the other files change with their contents.
    'cache-control': isHtml ? 'no-cache' : 'public, max-age=31536000, immutable',
    ...(isHtml ? { 'content-security-policy': policy } : {}),
  }
  return isKnownTag(request.header('if-none-match'), etag)
    ? { status: 304, headers, body: '' }
    : { status: 200, headers, body: file.body }
}

/**
 * True if a list of tags has this one, weakly compared (RFC 9110, 13.1.2): a proxy that compresses makes the tag a weak one. Split at commas
 * alone, because an expression with blanks takes quadratic time for a header of blanks.
 */
export function isKnownTag(list: string | undefined, etag: string): boolean {
  const tags = list?.split(',', 20) ?? []
  return tags.some((one) => one.trim().replace(/^W\//, '') === etag)
}

// Relative, so that it is right behind a proxy that has its own prefix.
function redirect(path: string): InspectorAnswer {
  const last = path.slice(path.lastIndexOf('/') + 1)
  return { status: 308, headers: { location: `./${encodeURI(decodedOr(last))}/` }, body: '' }
}

function decodedOr(text: string): string {
  try {
    return decodeURI(text)
  } catch {
    return text
  }
}
