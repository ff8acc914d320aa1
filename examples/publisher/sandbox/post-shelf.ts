const MAX_POSTS = 200

/** A post of the sandbox site. */
export interface SandboxPost {
  id: number
  title: string
  content: string
  status: string
  date: Date
  link: string
}

/** Keeps the newest posts, in memory. */
export class PostShelf {
  readonly #siteUrl: string
  readonly #posts = new Map<number, SandboxPost>()
  #lastId = 0

  constructor(siteUrl: string) {
    this.#siteUrl = siteUrl
  }

  add(post: { title: string; content: string; status: string }): SandboxPost {
    const id = ++this.#lastId
    const added = { ...post, id, date: new Date(), link: `${this.#siteUrl}/?p=${id}` }
    this.#posts.set(id, added)
    this.#posts.delete(id - MAX_POSTS)
    return added
  }

  get(id: number): SandboxPost | undefined {
    return this.#posts.get(id)
  }

  newest(count: number): SandboxPost[] {
    return [...this.#posts.values()].reverse().slice(0, count)
  }
}
