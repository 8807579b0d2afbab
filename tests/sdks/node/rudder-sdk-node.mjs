// @rudderstack/rudder-sdk-node: says what argument 1 asks for, and prints what it was told.
import Analytics from '@rudderstack/rudder-sdk-node'

const { target, key, person, calls, options } = JSON.parse(process.argv[2])
const errors = []

const analytics = new Analytics(key, { dataPlaneUrl: target, logLevel: 'none', errorHandler: () => {}, ...options })
const answered = calls.map(
  ({ type, ...said }) =>
    new Promise((resolve) =>
      analytics[type]({ userId: person, ...said }, (error) => {
        if (error) errors.push(error.message)
        resolve()
      })
    )
)
await analytics.flush()
await Promise.all(answered)
console.log(JSON.stringify({ errors }))
process.exit() // its timer for the next flush would keep the process
