// What the compiler promises about Koa.
import Router from '@koa/router'
import Koa from 'koa'
import type { Spoor } from 'spoor'
import { type KoaOptions, type SpoorState, spoorKoa } from 'spoor/koa'

declare const spoor: Spoor

const options: KoaOptions = {
  account: async (ctx) => ({ account: ctx.get('x-account'), user: ctx.state.requestId }),
  inspector: '/_spoor',
}

const app = new Koa()
app.use(spoorKoa(spoor, options))
app.use((ctx) => {
  ctx.state.requestId satisfies string
})
new Router().get('/', (ctx) => {
  ctx.state.requestId satisfies string
})

// An app with types of its own.
const own = new Koa<SpoorState & { user: { name: string } }, { db: object }>()
own.use(spoorKoa(spoor))
own.use((ctx) => {
  ctx.body = ctx.state.requestId.toUpperCase() + ctx.state.user.name
  // @ts-expect-error the state has no other members
  ctx.state.other
})
new Koa<{ user: string }>().use(spoorKoa(spoor))

app.use((ctx) => {
  // @ts-expect-error the id is a text
  ctx.state.requestId satisfies number
})
// @ts-expect-error an account is a text or an integer
spoorKoa(spoor, { account: () => ({ account: {} }) })
// @ts-expect-error where the inspector is mounted is a path
spoorKoa(spoor, { inspector: true })
