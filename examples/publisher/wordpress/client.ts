import type { NewPost } from '../post.js'
import { callWordPress, type Endpoint } from './call.js'
import { type Post, readPost, readPosts } from './posts.js'

/** Calls to the REST API of a WordPress site. Every method throws a WordPressError. */
export interface WordPress {
  createPost(post: NewPost): Promise<Post>
  readPost(id: number): Promise<Post>
  /** The newest twenty, drafts included. */
  listPosts(): Promise<Post[]>
  /** Resolves if the site accepts the user and application password. */
  checkCredentials(): Promise<void>
}

/**
 * Calls one site as one user. The methods take neither the request nor the account: the caller's id and
 * account are on the lines of `wordpress_api` anyway.
 */
export function wordPress(endpoint: Endpoint): WordPress {
  return {
    async createPost({ title, content, status }) {
      const body = { title, content, status }
      return readPost(await callWordPress(endpoint, { method: 'POST', path: '/wp-json/wp/v2/posts', body }))
    },

    async readPost(id) {
      const path = `/wp-json/wp/v2/posts/${id}?context=edit`
      return readPost(await callWordPress(endpoint, { method: 'GET', path }))
    },

    async listPosts() {
      const path = '/wp-json/wp/v2/posts?context=edit&status=any&per_page=20'
      return readPosts(await callWordPress(endpoint, { method: 'GET', path }))
    },

    async checkCredentials() {
      await callWordPress(endpoint, { method: 'GET', path: '/wp-json/wp/v2/users/me' })
    },
  }
}
