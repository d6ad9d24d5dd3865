// Tokens as relying parties check them: aws-jwt-verify and jose.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { CognitoJwtVerifier, JwtVerifier } from 'aws-jwt-verify'
import { createRemoteJWKSet, jwtVerify, decodeJwt, decodeProtectedHeader } from 'jose'
import { createPool, createUser, signIn, endpoint, region, userPoolsAt } from './setup.mjs'

async function signedIn () {
  const pool = await createPool()
  const user = await createUser(pool)
  return { pool, user, ...await signIn(pool, user.username) }
}

async function discover (issuer) {
  const res = await fetch(`${issuer}/.well-known/openid-configuration`)
  assert.equal(res.status, 200)
  return res.json()
}

test('jose verifies both tokens by discovery', async () => {
  const { pool, user, IdToken, AccessToken } = await signedIn()
  const { iss } = decodeJwt(IdToken)
  assert.ok(iss.endsWith('/' + pool.poolId))
  const { issuer, jwks_uri: jwksURI } = await discover(iss)
  assert.equal(issuer, iss)
  const keys = createRemoteJWKSet(new URL(jwksURI))
  const id = await jwtVerify(IdToken, keys, { issuer, audience: pool.clientId, algorithms: ['RS256'] })
  assert.equal(id.payload.sub, user.sub)
  assert.equal(id.payload.token_use, 'id')
  assert.equal(id.payload.email, user.username)
  assert.equal(id.payload.email_verified, false)
  assert.equal(id.payload['cognito:username'], user.sub)
  const access = await jwtVerify(AccessToken, keys, { issuer, algorithms: ['RS256'] })
  assert.equal(access.payload.client_id, pool.clientId)
  assert.equal(access.payload.scope, 'aws.cognito.signin.user.admin')
  assert.equal(access.payload.origin_jti, id.payload.origin_jti)
  assert.notEqual(decodeProtectedHeader(IdToken).kid, decodeProtectedHeader(AccessToken).kid)
})

test('aws-jwt-verify verifies the issuer\'s tokens', async () => {
  const { pool, user, IdToken, AccessToken } = await signedIn()
  const issuer = decodeJwt(IdToken).iss
  const { jwks_uri: jwksURI } = await discover(issuer)
  const jwks = await (await fetch(jwksURI)).json()
  const verifier = JwtVerifier.create({ issuer, audience: pool.clientId, jwksUri: jwksURI })
  verifier.cacheJwks(jwks)
  assert.equal((await verifier.verify(IdToken)).sub, user.sub)
  const strict = JwtVerifier.create({ issuer, audience: 'another-client', jwksUri: jwksURI })
  strict.cacheJwks(jwks)
  await assert.rejects(strict.verify(IdToken), /Audience/i)
  const foreign = await createPool()
  const otherKeys = await (await fetch(`${endpoint}/${foreign.poolId}/.well-known/jwks.json`)).json()
  const wrong = JwtVerifier.create({ issuer, audience: pool.clientId, jwksUri: jwksURI })
  wrong.cacheJwks(otherKeys)
  await assert.rejects(wrong.verify(IdToken))
  await assert.rejects(verifier.verify(AccessToken), /audience/i)
})

test('CognitoJwtVerifier verifies tokens of a server with AWS\'s issuer', async () => {
  const awsIssuer = process.env.POOLHOUSE_ENDPOINT_AWS_ISSUER
  assert.ok(awsIssuer, 'POOLHOUSE_ENDPOINT_AWS_ISSUER is not set')
  const client = userPoolsAt(awsIssuer)
  const pool = await createPool(client)
  const user = await createUser(pool, undefined, client)
  const tokens = await signIn(pool, user.username, undefined, client)
  const jwks = await (await fetch(`${awsIssuer}/${pool.poolId}/.well-known/jwks.json`)).json()
  for (const [tokenUse, token] of [['id', tokens.IdToken], ['access', tokens.AccessToken]]) {
    const verifier = CognitoJwtVerifier.create({ userPoolId: pool.poolId, tokenUse, clientId: pool.clientId })
    verifier.cacheJwks(jwks)
    const claims = await verifier.verify(token)
    assert.equal(claims.sub, user.sub)
    assert.equal(claims.iss, `https://cognito-idp.${region}.amazonaws.com/${pool.poolId}`)
  }
})

test('unknown pools have no keys', async () => {
  const res = await fetch(`${endpoint}/${region}_zzzzzzzzz/.well-known/jwks.json`)
  assert.equal(res.status, 404)
})
