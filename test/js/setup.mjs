// Clients of the server under test, and the resources that most tests need.
import { randomUUID } from 'node:crypto'
import { CognitoIdentityProviderClient, CreateUserPoolCommand, CreateUserPoolClientCommand, SignUpCommand, AdminConfirmSignUpCommand, AdminInitiateAuthCommand } from '@aws-sdk/client-cognito-identity-provider'
import { CognitoIdentityClient } from '@aws-sdk/client-cognito-identity'
import { IAMClient } from '@aws-sdk/client-iam'
import { STSClient } from '@aws-sdk/client-sts'

export const endpoint = process.env.POOLHOUSE_ENDPOINT
if (!endpoint) throw new Error('POOLHOUSE_ENDPOINT is not set: these tests are run by go test ./test/js')

export const region = 'ap-northeast-1'
const config = { endpoint, region, maxAttempts: 1, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }

export const userPools = new CognitoIdentityProviderClient(config)
export const identityPools = new CognitoIdentityClient(config)
export const iam = new IAMClient(config)
export const sts = new STSClient(config)

// userPoolsAt is a client of another server.
export const userPoolsAt = endpoint => new CognitoIdentityProviderClient({ ...config, endpoint })

// withCredentials makes a client of the same kind that signs with the
// credentials of GetCredentialsForIdentity.
export const withCredentials = (Client, c) => new Client({
  ...config,
  credentials: { accessKeyId: c.AccessKeyId, secretAccessKey: c.SecretKey, sessionToken: c.SessionToken },
})

export const password = 'Correct-horse-7'
export const email = () => `user-${randomUUID()}@example.com`
export const unique = name => `${name}-${randomUUID().slice(0, 8)}`

// createPool makes a user pool as the quickstart does, with one client.
export async function createPool (client = userPools) {
  const { UserPool: pool } = await client.send(new CreateUserPoolCommand({
    PoolName: 'test', UsernameAttributes: ['email'], AutoVerifiedAttributes: ['email'],
  }))
  return { poolId: pool.Id, clientId: await createClient(pool.Id, client), provider: `cognito-idp.${region}.amazonaws.com/${pool.Id}` }
}

export async function createClient (poolId, client = userPools) {
  const { UserPoolClient: made } = await client.send(new CreateUserPoolClientCommand({
    UserPoolId: poolId,
    ClientName: 'test',
    ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_USER_AUTH'],
  }))
  return made.ClientId
}

// createUser signs a user up and confirms it.
export async function createUser ({ poolId, clientId }, username = email(), client = userPools) {
  const { UserSub: sub } = await client.send(new SignUpCommand({
    ClientId: clientId, Username: username, Password: password, UserAttributes: [{ Name: 'email', Value: username }],
  }))
  await client.send(new AdminConfirmSignUpCommand({ UserPoolId: poolId, Username: username }))
  return { username, sub }
}

export async function signIn ({ poolId, clientId }, username, pw = password, client = userPools) {
  const out = await client.send(new AdminInitiateAuthCommand({
    UserPoolId: poolId,
    ClientId: clientId,
    AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: username, PASSWORD: pw },
  }))
  return out.AuthenticationResult
}

// refused checks that a call is refused with AWS's code and text.
export const refused = (name, message) => err => {
  if (err.name !== name || !(message instanceof RegExp ? message.test(err.message) : err.message === message)) {
    throw new Error(`refused with ${err.name}: ${err.message}; expected ${name}: ${message}`)
  }
  return true
}
