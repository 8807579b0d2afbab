// @segment/analytics-node: says what argument 1 asks for, and prints what it was told.
import { Analytics } from '@segment/analytics-node'

const { target, key, person, calls, options } = JSON.parse(process.argv[2])
const errors = []

const { origin, pathname } = new URL('v1/batch', `${target}/`) // it drops the path of its host
const analytics = new Analytics({ writeKey: key, host: origin, path: pathname, ...options })
analytics.on('error', ({ reason }) => errors.push(String(reason)))
for (const { type, ...said } of calls) {
  analytics[type]({ userId: person, ...said })
}
await analytics.closeAndFlush({ timeout: 30_000 })
console.log(JSON.stringify({ errors }))
