// fetchAuthSession of aws-amplify v6: credentials of guests and users, and what
// is refused.
import { afterEach, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { Amplify } from 'aws-amplify'
import { fetchAuthSession, signIn, signOut } from 'aws-amplify/auth'
import { CreateIdentityPoolCommand, DescribeIdentityCommand, SetIdentityPoolRolesCommand } from '@aws-sdk/client-cognito-identity'
import { AdminUserGlobalSignOutCommand } from '@aws-sdk/client-cognito-identity-provider'
import { CreateRoleCommand, IAMClient, ListRolesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { createClient, createPool, createUser, endpoint, iam, identityPools, password, refused, region, unique, userPools } from './setup.mjs'

const federated = 'cognito-identity.amazonaws.com'
const document = statement => JSON.stringify({ Version: '2012-10-17', Statement: [statement] })

async function createRole (pool, amr) {
  const { Role: role } = await iam.send(new CreateRoleCommand({
    RoleName: unique(amr),
    AssumeRolePolicyDocument: document({
      Effect: 'Allow',
      Principal: { Federated: federated },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${federated}:aud`]: pool }, 'ForAnyValue:StringLike': { [`${federated}:amr`]: amr } },
    }),
  }))
  await iam.send(new PutRolePolicyCommand({ RoleName: role.RoleName, PolicyName: 'p', PolicyDocument: document({ Effect: 'Allow', Action: '*', Resource: '*' }) }))
  return role
}

async function createIdentityPool ({ provider, clientId }, settings = {}) {
  const { IdentityPoolId: id } = await identityPools.send(new CreateIdentityPoolCommand({
    IdentityPoolName: 'app', AllowUnauthenticatedIdentities: true, CognitoIdentityProviders: [{ ProviderName: provider, ClientId: clientId }], ...settings,
  }))
  const roles = { authenticated: await createRole(id, 'authenticated'), unauthenticated: await createRole(id, 'unauthenticated') }
  await setRoles(id, roles)
  return { id, roles }
}

const setRoles = (IdentityPoolId, roles) => identityPools.send(new SetIdentityPoolRolesCommand({
  IdentityPoolId, Roles: Object.fromEntries(Object.entries(roles).map(([kind, role]) => [kind, role.Arn])),
}))

function configure (identityPoolId, { poolId, clientId }, allowGuestAccess = true) {
  Amplify.configure({
    Auth: { Cognito: { userPoolId: poolId, userPoolClientId: clientId, userPoolEndpoint: endpoint, identityPoolId, identityPoolEndpoint: endpoint, allowGuestAccess } },
  })
}

const callerOf = async ({ credentials }) => (await new STSClient({ endpoint, region, credentials }).send(new GetCallerIdentityCommand({}))).Arn
const session = () => fetchAuthSession({ forceRefresh: true })
const enter = username => signIn({ username, password, options: { authFlowType: 'USER_SRP_AUTH' } })
const sessionOf = role => new RegExp(`:assumed-role/${role.RoleName}/CognitoIdentityCredentials$`)

let pool, made
before(async () => {
  pool = await createPool()
  made = await createIdentityPool(pool)
})
afterEach(() => signOut())

test('a guest', async () => {
  configure(made.id, pool)
  const first = await fetchAuthSession()
  assert.equal(first.tokens, undefined)
  assert.equal(first.userSub, undefined)
  assert.match(await callerOf(first), sessionOf(made.roles.unauthenticated))
  // The application keeps its guest, and a guest is held to what AWS leaves it.
  assert.equal((await session()).identityId, first.identityId)
  await assert.rejects(new IAMClient({ endpoint, region, credentials: first.credentials }).send(new ListRolesCommand({})),
    refused('AccessDenied', /because no session policy allows the iam:ListRoles action$/))
})

test('a user', async () => {
  configure(made.id, pool)
  const { username, sub } = await createUser(pool)
  const guest = await fetchAuthSession()
  await enter(username)
  const user = await fetchAuthSession()
  assert.equal(user.userSub, sub)
  assert.match(await callerOf(user), sessionOf(made.roles.authenticated))
  await new IAMClient({ endpoint, region, credentials: user.credentials }).send(new ListRolesCommand({}))
  const { Logins } = await identityPools.send(new DescribeIdentityCommand({ IdentityId: user.identityId }))
  assert.deepEqual(Logins, [pool.provider])
  // Whoever signs in again has the same identity, somebody else another.
  await signOut()
  await enter(username)
  assert.equal((await fetchAuthSession()).identityId, user.identityId)
  await signOut()
  await enter((await createUser(pool)).username)
  const other = await fetchAuthSession()
  assert.notEqual(other.identityId, user.identityId)
  await signOut()
  assert.match(await callerOf(await fetchAuthSession()), sessionOf(made.roles.unauthenticated))
  assert.ok(guest.identityId)
})

test('guests are not wanted', async () => {
  const { id } = await createIdentityPool(pool, { AllowUnauthenticatedIdentities: false })
  configure(id, pool)
  await assert.rejects(session(), refused('NotAuthorizedException', 'Unauthenticated access is not supported for this identity pool.'))
})

test('an application that its identity pool does not have', async () => {
  configure(made.id, { ...pool, clientId: await createClient(pool.poolId) })
  await enter((await createUser(pool)).username)
  await assert.rejects(session(), refused('NotAuthorizedException', 'Token is not from a supported provider of this identity pool.'))
})

test('an identity pool that does not exist', async () => {
  const none = `${region}:00000000-0000-4000-8000-000000000000`
  configure(none, pool)
  await assert.rejects(session(), refused('ResourceNotFoundException', `IdentityPool '${none}' not found.`))
})

test('a role that cannot be assumed', async () => {
  const { id, roles } = await createIdentityPool(pool)
  configure(id, pool)
  await enter((await createUser(pool)).username)
  await session()
  await setRoles(id, { authenticated: roles.unauthenticated })
  await assert.rejects(session(), refused('InvalidIdentityPoolConfigurationException', 'Invalid identity pool configuration. Check assigned IAM roles for this pool.'))
})

test('a user who was signed out', async () => {
  const { id } = await createIdentityPool(pool, { CognitoIdentityProviders: [{ ProviderName: pool.provider, ClientId: pool.clientId, ServerSideTokenCheck: true }] })
  configure(id, pool)
  const { username } = await createUser(pool)
  await enter(username)
  await fetchAuthSession()
  await userPools.send(new AdminUserGlobalSignOutCommand({ UserPoolId: pool.poolId, Username: username }))
  await assert.rejects(session(), { name: 'NotAuthorizedException' })
})
