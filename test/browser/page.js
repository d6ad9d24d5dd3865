// What the pages of the tests can do: Amplify's calls, the API's own calls, and
// the browser's passkeys as the API wants them.
import { Amplify } from 'aws-amplify'
import * as auth from 'aws-amplify/auth'

// call is an operation without credentials, as a page makes it.
async function call (endpoint, operation, input) {
  const res = await fetch(endpoint, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': `AWSCognitoIdentityProviderService.${operation}` },
    body: JSON.stringify(input),
  })
  const body = await res.json()
  return res.ok ? body : { error: body.__type, message: body.message }
}

const create = async options => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
  return (await navigator.credentials.create({ publicKey })).toJSON()
}

const get = async options => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  return (await navigator.credentials.get({ publicKey })).toJSON()
}

window.poolhouse = { Amplify, auth, call, create, get }
