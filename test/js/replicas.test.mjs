// A user pool with a replica in a second region, by the AWS SDK for JavaScript:
// the client's region and endpoint decide which of the two it talks to.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import {
  AdminGetUserCommand, CognitoIdentityProviderClient, CreateUserPoolCommand, CreateUserPoolReplicaCommand, DeleteUserPoolReplicaCommand, GetUserCommand,
  InitiateAuthCommand, ListUserPoolReplicasCommand, ListUserPoolsCommand, SignUpCommand, UpdateUserPoolReplicaCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { CognitoJwtVerifier } from 'aws-jwt-verify'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { createClient, createUser, endpoint, password, region, signIn, userPools, userPoolsAt } from './setup.mjs'

const secondary = region === 'eu-west-1' ? 'us-west-2' : 'eu-west-1'
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
const there = new CognitoIdentityProviderClient({ endpoint: `${endpoint}/${secondary}`, region: secondary, credentials })
const key = `arn:aws:kms:${region}:123456789012:key/mrk-0123456789abcdef0123456789abcdef`

// refuses checks the code alone.
const refuses = (call, name) => assert.rejects(call, { name })

test('a replica is made, signs users in, and goes', async () => {
  const { UserPool: { Id: poolId } } = await userPools.send(new CreateUserPoolCommand({
    PoolName: 'replicated', KeyConfiguration: { KeyType: 'CUSTOMER_MANAGED_KEY', KmsKeyArn: key },
  }))
  const clientId = await createClient(poolId)
  const { username } = await createUser({ poolId, clientId })
  const replica = { UserPoolId: poolId, RegionName: secondary }
  const made = await userPools.send(new CreateUserPoolReplicaCommand(replica))
  assert.equal(made.UserPoolReplica.Status, 'CREATING')
  assert.equal(made.UserPoolReplica.Role, 'SECONDARY')
  const list = await there.send(new ListUserPoolReplicasCommand({ UserPoolId: poolId }))
  assert.deepEqual(list.UserPoolReplicas.map(r => [r.RegionName, r.Role, r.Status]), [[region, 'PRIMARY', 'ACTIVE'], [secondary, 'SECONDARY', 'INACTIVE']])
  const signIn = new InitiateAuthCommand({ ClientId: clientId, AuthFlow: 'USER_AUTH', AuthParameters: { USERNAME: username, PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: password } })
  await refuses(there.send(signIn), 'OperationNotEnabledException')
  await there.send(new UpdateUserPoolReplicaCommand({ ...replica, Status: 'ACTIVE' }))
  const { AuthenticationResult: tokens } = await there.send(signIn)
  for (const client of [userPools, there]) {
    const user = await client.send(new GetUserCommand({ AccessToken: tokens.AccessToken }))
    assert.ok(user.Username)
  }
  await there.send(new AdminGetUserCommand({ UserPoolId: poolId, Username: username }))
  await refuses(there.send(new SignUpCommand({ ClientId: clientId, Username: 'newcomer@example.com', Password: password })), 'OperationNotEnabledException')
  const { UserPools: pools } = await there.send(new ListUserPoolsCommand({ MaxResults: 60 }))
  assert.deepEqual(pools.find(p => p.Id === poolId).ReplicaRegions, [secondary])
  await refuses(userPools.send(new DeleteUserPoolReplicaCommand(replica)), 'InvalidParameterException')
  await userPools.send(new UpdateUserPoolReplicaCommand({ ...replica, Status: 'INACTIVE' }))
  const gone = await userPools.send(new DeleteUserPoolReplicaCommand(replica))
  assert.equal(gone.UserPoolReplica.Status, 'DELETING')
  await refuses(there.send(signIn), 'ResourceNotFoundException')
})

const updated = async client => {
  const { UserPool: { Id: poolId } } = await client.send(new CreateUserPoolCommand({
    PoolName: 'updated', UsernameAttributes: ['email'], IssuerConfiguration: { Type: 'UPDATED' },
  }))
  const pool = { poolId, clientId: await createClient(poolId, client) }
  const { username } = await createUser(pool, undefined, client)
  return { pool, ...await signIn(pool, username, password, client) }
}

test('jose verifies tokens of the updated issuer by discovery', async () => {
  const { pool, IdToken } = await updated(userPools)
  const { iss } = decodeJwt(IdToken)
  assert.equal(iss, `${endpoint}/issuer/${pool.poolId}`)
  const { issuer, jwks_uri: jwksURI } = await (await fetch(`${iss}/.well-known/openid-configuration`)).json()
  assert.equal(issuer, iss)
  const { payload } = await jwtVerify(IdToken, createRemoteJWKSet(new URL(jwksURI)), { issuer, audience: pool.clientId })
  assert.equal(payload.token_use, 'id')
})

test('CognitoJwtVerifier verifies tokens of AWS\'s updated issuer', async () => {
  const awsIssuer = process.env.POOLHOUSE_ENDPOINT_AWS_ISSUER
  const { pool, IdToken } = await updated(userPoolsAt(awsIssuer))
  const { iss } = decodeJwt(IdToken)
  assert.equal(iss, `https://issuer-cognito-idp.${region}.amazonaws.com/${pool.poolId}`)
  const verifier = CognitoJwtVerifier.create({ userPoolId: pool.poolId, tokenUse: 'id', clientId: pool.clientId })
  verifier.cacheJwks(await (await fetch(`${awsIssuer}/issuer/${pool.poolId}/.well-known/jwks.json`)).json())
  assert.equal((await verifier.verify(IdToken)).iss, iss)
})
