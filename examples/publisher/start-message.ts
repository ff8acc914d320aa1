import { LOG_DIRECTORY } from './logs.js'
import type { Publisher } from './publisher.js'

/** What is shown at start: where things are, and three lines to try. */
export function startMessage({ url, sites }: Publisher): string {
  const siteLines = sites.map(
    (site) => `${site.account.padEnd(8)} ${site.url}${site.kind === 'sandbox' ? '  sandbox' : ''}`,
  )
  return `
  publisher 1.0.0

    Demo page   ${url}/
    Logs        ${LOG_DIRECTORY}
    WordPress   ${siteLines.join('\n                ')}

  Publish a post, and look for X-Request-ID in the answer:

    curl -i ${url}/api/v1/publish -H 'Authorization: Bearer acme-admin' --json '{"title":"Hello","content":"First post"}'

  Everything that request did:

    grep <its id> ${LOG_DIRECTORY}/*

  A failure, whose answer bears the id too:

    curl -i '${url}/api/v1/fail?how=throw'
`
}
