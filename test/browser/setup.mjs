// A browser with a virtual authenticator, and a page of an application.
import { createServer } from 'node:http'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'

export const endpoint = process.env.POOLHOUSE_ENDPOINT
if (!endpoint) throw new Error('POOLHOUSE_ENDPOINT is not set: these tests are run by go test ./test/browser')
export const pools = JSON.parse(process.env.POOLHOUSE_POOLS)
export const password = process.env.POOLHOUSE_PASSWORD

const bundle = await build({ entryPoints: ['page.js'], bundle: true, write: false, format: 'iife', logLevel: 'error' })
const script = bundle.outputFiles[0].text

// start serves the page at http://localhost:<port>/ and starts the browser.
export async function start () {
  const server = createServer((req, res) => {
    const js = req.url === '/page.js'
    res.setHeader('Content-Type', js ? 'text/javascript' : 'text/html; charset=utf-8')
    res.end(js ? script : '<!doctype html><title>app</title><script src="/page.js"></script>')
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] })
  const { port } = server.address()
  return {
    // open opens the page in a browser of its own, with an authenticator.
    async open (options = {}, host = 'localhost') {
      const context = await browser.newContext()
      const page = await context.newPage()
      await page.goto(`http://${host}:${port}/`)
      const cdp = await context.newCDPSession(page)
      await cdp.send('WebAuthn.enable')
      const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
        options: {
          protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
          automaticPresenceSimulation: true, ...options,
        },
      })
      return { page, cdp, authenticatorId, close: () => context.close() }
    },
    async close () {
      await browser.close()
      server.close()
    },
  }
}
