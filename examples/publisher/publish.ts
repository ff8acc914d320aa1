import { logs } from './logs.js'
import { readPost } from './post.js'
import { codeOf } from './refusal.js'
import type { Site } from './sites.js'

const log = logs.get('publish_sync')

export interface Published {
  postId: number
  link: string
}

/**
 * Publishes a post on the site of an account: checks it, creates it on WordPress, reads it back, and logs each step.
 *
 * No call names the request or the account: the logger adds both.
 */
export async function publish(site: Site, body: unknown): Promise<Published> {
  let step = 'validate'
  let postId: number | undefined
  try {
    const post = readPost(body)
    log.info({ site: site.url, status: post.status, contentLength: post.content.length }, 'post accepted')

    step = 'create'
    const created = await site.wordPress.createPost(post)
    postId = created.id
    log.info({ postId }, 'post created')

    step = 'read back'
    const found = await site.wordPress.readPost(postId)
    if (found.title !== post.title) log.warn({ postId }, 'WordPress stored another title than the one sent')
    log.info({ postId, status: found.status }, 'post read back')

    log.info({ postId, link: found.link }, 'published')
    return { postId, link: found.link }
  } catch (error) {
    const level = step === 'validate' ? 'warn' : 'error'
    // The error, with its causes, is in the line of the failed request.
    log[level]({ step, postId, code: codeOf(error) }, 'publishing failed')
    throw error
  }
}
