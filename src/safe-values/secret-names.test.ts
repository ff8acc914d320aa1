import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redaction } from './redaction.js'
import { safeValue } from './safe-value.js'
import { secrecyOf } from './secret-names.js'

const list = (text: string): string[] => text.trim().split(/\s+/)

const secrets = list(`
  PGPASSWORD passwordHash passwordhash password_digest DB_PASS user_pass smtp_pass rootpw php-auth-pw mysql_pwd pAsSwOrD
  otp otp_code totpSecret mfa_code recovery_code passcode pin pinCode pin_code ssn cvv cvv2 cvc card_cvc card cardNumber
  jwt sig AccountKey accountkey SharedAccessKey sharedKey encryptionKey signingKey APP_KEY MASTER_KEY x-functions-key
  Ocp-Apim-Subscription-Key apiKeys APIKey aPiKeY privatekey privateKeyPem SECRET_KEY_BASE AWS_SECRET_ACCESS_KEY
  credentials credential creds auth bearer csrf xsrf X-CSRF-Token csrfmiddlewaretoken _token _csrf _session PHPSESSID
  JSESSIONID connect.sid sessionid user_session aiohttp_session passw crypt encrypted_password salt certificate
  current_password password_confirmation code_verifier assertion client_assertion SAMLResponse SAMLRequest RelayState
  ticket id_token_hint logout_token subject_token actor_token device_code user_code authorization_code oauth_token
  oauth_verifier oauth_token_secret authToken authtoken accesstoken tokenValue secretValue hmac stripe-signature
  x-hub-signature-256 X-Amz-Signature X-Amz-Security-Token webhookSecret
`)

const ordinary = list(`
  total_tokens totalTokens prompt_tokens max_tokens maxTokens tokenCount token_type tokens_used nextPageToken nextToken
  continuationToken expires_in authored author authors co_authors authority authenticated authentication authorized
  tokenizer passenger passport compass bypass pinned shipping spinner opinion design signal signalStrength assign assigned
  assignee sigma signup signIn insignia secretary kids inside sideId president residual obsession possession classname
  className business dashboard discard wildcard postcard scorecards cardinality key keys keyboard monkey primaryKey
  publicKey sortKey cacheKey code codec errorCode statusCode status_code exitCode countryCode postal_code barcode unicode
  email ip remoteAddress accessKeyId private_key_id ticketId ticket_number tickets cookieName sessionTimeout
  passwordChangedAt password_policy path method url host route name message user userId account id requestId traceId
`)

describe('a name', () => {
  test.each(secrets)('%s is the name of a secret', (name) => expect(secrecyOf(name)).not.toBe('shown'))
  test.each(ordinary)('%s is not', (name) => expect(secrecyOf(name)).toBe('shown'))

  test('is secret if a secret word is among any other words', () => {
    const word = fc.constantFrom('user', 'my', 'old', 'db', 'backup', 'value', 'for', 'x')
    const secret = fc.constantFrom('password', 'passwd', 'secret', 'token', 'jwt', 'cookie', 'credentials', 'signature')
    const style = fc.constantFrom(
      (words: string[]) => words.join('_'),
      (words: string[]) => words.join('-').toUpperCase(),
      (words: string[]) => words.map((each) => each.charAt(0).toUpperCase() + each.slice(1)).join(''),
    )
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 3 }),
        secret,
        fc.array(word, { maxLength: 3 }),
        style,
        (a, b, c, write) => {
          expect(secrecyOf(write([...a, b, ...c]))).not.toBe('shown')
        },
      ),
    )
  })

  test('of any length is judged', () => {
    expect(secrecyOf(`${'x'.repeat(10_000)}Password${'y'.repeat(10_000)}`)).not.toBe('shown')
    expect(secrecyOf('x'.repeat(100_000))).toBe('shown')
  })
})

test('numbers and booleans are hidden only under passwords, pins, one-time codes and numbers of cards', () => {
  const hiddenUnder = list('password db_password pin otp cvv cvc ssn card card_number')
  const shownUnder = list('token tokens session secret auth cookie salt signature')
  for (const name of hiddenUnder) {
    expect(safeValue({ [name]: 1234 }, redaction())).toEqual({ [name]: '[redacted]' })
    expect(safeValue({ [name]: true }, redaction())).toEqual({ [name]: '[redacted]' })
  }
  for (const name of shownUnder) {
    expect(safeValue({ [name]: 1234 }, redaction())).toEqual({ [name]: 1234 })
    expect(safeValue({ [name]: '1234' }, redaction())).toEqual({ [name]: '[redacted]' })
  }
  expect(redaction().text('{"tokens":12,"session":true,"pin":1234}')).toBe(
    '{"tokens":12,"session":true,"pin":[redacted]}',
  )
})
