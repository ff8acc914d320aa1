// What the compiler promises about Hono.
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import type { Spoor } from 'spoor'
import { type HonoResolver, spoorHono } from 'spoor/hono'

declare const spoor: Spoor

const account: HonoResolver = async (c) => ({ account: c.req.header('x-account'), roles: ['admin'] })
const s = spoorHono(spoor, { account })

const plain = new Hono().use(s).onError(s.errors).notFound(s.notFound)
plain.get('/', (c) => c.text(c.get('requestId').toUpperCase() + c.var.requestId.length))
plain.use('/_spoor/*', s.inspector)

// An app with types of its own.
const own = new Hono<{ Bindings: HttpBindings; Variables: { user: { name: string } } }>()
own.use(s).use('/admin/*', s)
own.onError(s.errors)
own.notFound(s.notFound)
own.onError((error, c) => (error.message === 'mine' ? c.text('mine', 409) : s.errors(error, c)))
own.get('/', (c) => c.text(c.get('requestId') + c.get('user').name))

// @ts-expect-error the id is a text
plain.get('/', (c) => c.json(c.get('requestId') + 1 > 1))
// @ts-expect-error an account is a text or an integer
spoorHono(spoor, { account: () => ({ account: {} }) })
// @ts-expect-error the option is account
spoorHono(spoor, { acount: () => undefined })
