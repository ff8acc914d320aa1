import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { postJson, postPage } from './post-json.js'
import type { PostShelf } from './post-shelf.js'
import type { WebhookSender } from './webhook-sender.js'

const MAX_BODY_BYTES = 1024 * 1024
const SLOW_MS = 700

interface SandboxParts {
  credentials: { user: string; appPassword: string }
  shelf: PostShelf
  webhooks: WebhookSender
}

/** Answers one request to the sandbox site, with errors in WordPress's format: `{ code, message, data: { status } }`. */
export async function answer(site: SandboxParts, req: IncomingMessage, res: ServerResponse): Promise<void> {
  try {
    await route(site, req, res)
  } catch (error) {
    if (!(error instanceof RestError)) return void res.destroy()
    const { code, message, status } = error
    sendJson(res, status, { code, message, data: { status } })
  }
}

class RestError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

async function route(site: SandboxParts, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(req.url ?? '/', 'http://sandbox')
  const postId = /^\/wp-json\/wp\/v2\/posts\/(\d{1,15})$/.exec(pathname)?.[1]
  if (req.method === 'GET' && pathname === '/') return sendPage(site, Number(searchParams.get('p')), res)

  mustBeSignedIn(site, req)
  if (req.method === 'GET' && pathname === '/wp-json/wp/v2/users/me') {
    return sendJson(res, 200, { id: 1, name: site.credentials.user })
  }
  if (req.method === 'GET' && postId !== undefined) return sendJson(res, 200, postJson(findPost(site, Number(postId))))
  if (req.method === 'GET' && pathname === '/wp-json/wp/v2/posts') {
    const count = Math.min(Number(searchParams.get('per_page')) || 10, 100)
    return sendJson(res, 200, site.shelf.newest(count).map(postJson))
  }
  if (req.method === 'POST' && pathname === '/wp-json/wp/v2/posts') return createPost(site, req, res)
  throw new RestError(404, 'rest_no_route', 'No route was found matching the URL and request method.')
}

async function createPost(site: SandboxParts, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { title = '', content = '', status = 'draft' } = await readJson(req)
  if (typeof title !== 'string' || typeof content !== 'string' || typeof status !== 'string') {
    throw new RestError(400, 'rest_invalid_param', 'Invalid parameter(s): title, content, status')
  }
  if (title === '' && content === '')
    throw new RestError(400, 'empty_content', 'Content, title, and excerpt are empty.')
  await behaveAs(title)
  const post = site.shelf.add({ title, content, status })
  // Like WordPress, the site sends the webhook before it responds, with the request's id and trace.
  await site.webhooks.send({ event: 'post.status', postId: post.id, from: 'new', to: status }, req.headers)
  sendJson(res, 201, postJson(post))
}

/** For demonstrations: a post titled `[slow] …` takes 700 ms, and the site refuses one titled `[broken] …`. */
async function behaveAs(title: string): Promise<void> {
  if (title.startsWith('[slow]')) await sleep(SLOW_MS)
  if (title.startsWith('[broken]')) throw new RestError(503, 'db_error', 'Error establishing a database connection')
}

function findPost(site: SandboxParts, id: number): ReturnType<PostShelf['newest']>[number] {
  const post = site.shelf.get(id)
  if (post === undefined) throw new RestError(404, 'rest_post_invalid_id', 'Invalid post ID.')
  return post
}

function mustBeSignedIn({ credentials }: SandboxParts, req: IncomingMessage): void {
  const expected = `Basic ${Buffer.from(`${credentials.user}:${credentials.appPassword}`).toString('base64')}`
  if (timingSafeEqual(hashOf(expected), hashOf(req.headers.authorization ?? ''))) return
  throw new RestError(401, 'rest_not_logged_in', 'You are not currently logged in.')
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

async function readJson(req: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of req) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new RestError(413, 'rest_too_large', 'The request is too large.')
    chunks.push(chunk)
  }
  try {
    return { ...JSON.parse(Buffer.concat(chunks).toString('utf8')) }
  } catch {
    throw new RestError(400, 'rest_invalid_json', 'Invalid JSON body passed.')
  }
}

function sendPage(site: SandboxParts, postId: number, res: ServerResponse): void {
  const post = site.shelf.get(postId)
  if (post?.status !== 'publish') throw new RestError(404, 'not_found', 'There is no such post.')
  res.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
  })
  res.end(postPage(post))
}

function sendJson(res: ServerResponse, status: number, json: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', 'x-content-type-options': 'nosniff' })
  res.end(JSON.stringify(json))
}
