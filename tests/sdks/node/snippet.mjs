// @segment/snippet: prints what a website puts into its pages, by the options in argument 1.
import snippet from '@segment/snippet'

console.log(snippet.min(JSON.parse(process.argv[2])))
