import { logs } from './logs.js'
import { readPost } from './post.js'
import { codeOf } from './refusal.js'
import type { Site } from './sites.js'
import type { Post } from './wordpress/posts.js'

const log = logs.get('publish_sync')

export interface Published {
  postId: number
  link: string
  /** False if the post is on WordPress, but the database did not take it. */
  stored?: false
}

/**
 * Publishes a post on the site of an account: checks it, creates it on WordPress, reads it back, stores it, and logs each step.
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

    const isStored = await store(site, found)
    log.info({ postId, link: found.link }, 'published')
    return { postId, link: found.link, ...(!isStored && { stored: false }) }
  } catch (error) {
    const level = step === 'validate' ? 'warn' : 'error'
    // The error, with its causes, is in the line of the failed request.
    log[level]({ step, postId, code: codeOf(error) }, 'publishing failed')
    throw error
  }
}

/** The post is published, whether the database takes it or not. Failing now would make callers publish it twice. */
async function store(site: Site, post: Post): Promise<boolean> {
  try {
    await site.storedPosts.add(post)
    return true
  } catch (error) {
    log.error({ postId: post.id, code: codeOf(error) }, 'the post is published, but not stored in the database')
    return false
  }
}
