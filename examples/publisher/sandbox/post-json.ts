import { escapeHtml } from '../escape-html.js'
import type { SandboxPost } from './post-shelf.js'

/** A post as the REST API of WordPress shows it to its editors (`context=edit`). */
export function postJson(post: SandboxPost): object {
  const date = post.date.toISOString().slice(0, 19)
  return {
    id: post.id,
    date,
    date_gmt: date,
    link: post.link,
    type: 'post',
    status: post.status,
    title: { raw: post.title, rendered: escapeHtml(post.title) },
    content: { raw: post.content, rendered: `<p>${escapeHtml(post.content)}</p>\n`, protected: false },
    author: 1,
  }
}

/** The page behind a post's link. */
export function postPage(post: SandboxPost): string {
  const title = escapeHtml(post.title)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<h1>${title}</h1>
<p>${escapeHtml(post.content)}</p>
</html>
`
}
