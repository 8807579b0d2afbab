// @dittofeed/sdk-node: says what argument 1 asks for, and prints what it was told.
import { DittofeedSdk } from '@dittofeed/sdk-node'

const { target, key, person, calls, options } = JSON.parse(process.argv[2])
const errors = []

// a batch that its fifth call or its timer sends has no other way to say that it failed: it ends the process
process.on('unhandledRejection', (error) => errors.push(error.message))
await DittofeedSdk.init({ writeKey: `Basic ${btoa(`${key}:`)}`, host: target, ...options })
for (const { type, ...said } of calls) {
  DittofeedSdk[type]({ userId: person, ...said })
}
await DittofeedSdk.flush().catch((error) => errors.push(error.message))
process.once('beforeExit', () => console.log(JSON.stringify({ errors })))
