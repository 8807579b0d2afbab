// @jitsu/js in Node: says what argument 1 asks for, and prints what it was told.
import { jitsuAnalytics } from '@jitsu/js'

const { target, key, person, calls, options } = JSON.parse(process.argv[2])
const errors = []

const jitsu = jitsuAnalytics({ host: target, writeKey: key, errorPolicy: (said) => errors.push(said), ...options })
for (const { type, event, name, traits, properties } of calls) {
  if (type === 'identify') await jitsu.identify(person, traits)
  if (type === 'track') await jitsu.track(event, properties)
  if (type === 'page') await jitsu.page({ name, ...properties })
}
console.log(JSON.stringify({ errors }))
