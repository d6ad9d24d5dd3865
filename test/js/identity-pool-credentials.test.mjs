// @aws-sdk/credential-providers: fromCognitoIdentityPool, fromCognitoIdentity
// and fromWebToken, for guests, users and developers' users, and what is
// refused.
import { before, test } from 'node:test'
import assert from 'node:assert/strict'
import {
  CreateIdentityPoolCommand, DescribeIdentityCommand, GetIdCommand, GetOpenIdTokenCommand, GetOpenIdTokenForDeveloperIdentityCommand, ListIdentityPoolsCommand,
  CognitoIdentityClient, SetIdentityPoolRolesCommand, SetPrincipalTagAttributeMapCommand, UnlinkIdentityCommand, UpdateIdentityPoolCommand,
} from '@aws-sdk/client-cognito-identity'
import { AdminAddUserToGroupCommand, AdminUserGlobalSignOutCommand, CreateGroupCommand } from '@aws-sdk/client-cognito-identity-provider'
import { CreateOpenIDConnectProviderCommand, CreateRoleCommand, IAMClient, ListRolesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromCognitoIdentity, fromCognitoIdentityPool, fromWebToken } from '@aws-sdk/credential-providers'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { createClient, createPool, createUser, endpoint, iam, identityPools, refused, region, signIn, unique, userPools } from './setup.mjs'

const federated = 'cognito-identity.amazonaws.com'
const clientConfig = { endpoint, region, maxAttempts: 1 }
const wrongRole = refused('InvalidIdentityPoolConfigurationException', 'Invalid identity pool configuration. Check assigned IAM roles for this pool.')
const otherToken = refused('NotAuthorizedException', 'Token is not from a supported provider of this identity pool.')

const policy = (...statements) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const trust = (pool, ...amr) => policy({
  Effect: 'Allow',
  Principal: { Federated: federated },
  Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
  Condition: { StringEquals: { [`${federated}:aud`]: pool }, 'ForAnyValue:StringLike': { [`${federated}:amr`]: amr } },
})

async function createRole (trustPolicy, permissions) {
  const { Role: role } = await iam.send(new CreateRoleCommand({ RoleName: unique('role'), AssumeRolePolicyDocument: trustPolicy }))
  if (permissions) await iam.send(new PutRolePolicyCommand({ RoleName: role.RoleName, PolicyName: 'p', PolicyDocument: permissions }))
  return role.Arn
}

const everything = policy({ Effect: 'Allow', Action: '*', Resource: '*' })

// createIdentityPool makes a pool for users and guests with a role for each.
async function createIdentityPool ({ provider, clientId }, settings = {}) {
  const { IdentityPoolId: id } = await identityPools.send(new CreateIdentityPoolCommand({
    IdentityPoolName: 'test',
    AllowUnauthenticatedIdentities: true,
    CognitoIdentityProviders: [{ ProviderName: provider, ClientId: clientId }],
    ...settings,
  }))
  const roles = { authenticated: await createRole(trust(id, 'authenticated'), everything), unauthenticated: await createRole(trust(id, 'unauthenticated'), everything) }
  await setRoles(id, roles)
  return { id, roles }
}

const setRoles = (IdentityPoolId, Roles, RoleMappings) => identityPools.send(new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles, RoleMappings }))

// as is a client of the server with a provider's credentials.
const as = (Client, credentials) => new Client({ ...clientConfig, credentials })
const callerOf = async credentials => (await as(STSClient, credentials).send(new GetCallerIdentityCommand({}))).Arn
const roleOf = async credentials => (await callerOf(credentials)).split('/')[1]
const nameOf = arn => arn.split('/').pop()
// memory is the cache of an application's own.
const memory = () => {
  const m = new Map()
  return { getItem: k => m.get(k) ?? null, setItem: (k, v) => { m.set(k, v) }, removeItem: k => { m.delete(k) } }
}

let pool, made
before(async () => {
  pool = await createPool()
  made = await createIdentityPool(pool)
})

const provider = (options = {}) => fromCognitoIdentityPool({ identityPoolId: made.id, clientConfig, ...options })
const user = async () => {
  const { username, sub } = await createUser(pool)
  const tokens = await signIn(pool, username)
  return { username, sub, tokens, logins: { [pool.provider]: tokens.IdToken } }
}

test('fromCognitoIdentityPool: a guest', async () => {
  const credentials = provider({ cache: memory() })
  const first = await credentials()
  assert.match(first.accessKeyId, /^ASIA/)
  assert.ok(first.expiration - new Date() > 59 * 60 * 1000 && first.expiration - new Date() < 61 * 60 * 1000)
  assert.equal((await credentials()).identityId, first.identityId)
  assert.notEqual((await provider({ cache: memory() })()).identityId, first.identityId)
  assert.match(await callerOf(credentials), new RegExp(`:assumed-role/${nameOf(made.roles.unauthenticated)}/CognitoIdentityCredentials$`))
  // The role allows everything, the service leaves guests a part of it.
  await as(CognitoIdentityClient, credentials).send(new ListIdentityPoolsCommand({ MaxResults: 1 }))
  await assert.rejects(as(IAMClient, credentials).send(new ListRolesCommand({})), refused('AccessDenied', / is not authorized to perform: iam:ListRoles on resource: .* because no session policy allows the iam:ListRoles action$/))
})

test('fromCognitoIdentityPool: a user', async () => {
  const { username, logins } = await user()
  const credentials = provider({ logins })
  const { identityId } = await credentials()
  assert.equal((await provider({ logins: { [pool.provider]: (await signIn(pool, username)).IdToken } })()).identityId, identityId)
  assert.equal((await provider({ logins: { [pool.provider]: async () => logins[pool.provider] } })()).identityId, identityId)
  assert.equal(await roleOf(credentials), nameOf(made.roles.authenticated))
  await as(IAMClient, credentials).send(new ListRolesCommand({}))
  assert.equal((await provider({ logins, accountId: '123456789012' })()).identityId, identityId)
})

test('fromCognitoIdentityPool: refused logins', async () => {
  const { username, tokens, logins } = await user()
  const other = await createPool()
  const stranger = await createUser(other)
  const foreign = (await signIn(other, stranger.username)).IdToken
  const otherClient = (await signIn({ ...pool, clientId: await createClient(pool.poolId) }, username)).IdToken
  await assert.rejects(provider({ logins: { [other.provider]: foreign } })(), otherToken)
  await assert.rejects(provider({ logins: { [pool.provider]: otherClient } })(), otherToken)
  for (const [token, message] of [
    [foreign, "Invalid login token. Issuer doesn't match providerName"],
    [tokens.IdToken.slice(0, -8) + 'AAAAAAAA', "Invalid login token. Couldn't verify signed token."],
    [tokens.AccessToken, 'Invalid login token. Missing a required claim: aud'],
    ['x', 'Invalid login token. Not a valid OpenId Connect identity token.'],
  ]) {
    await assert.rejects(provider({ logins: { [pool.provider]: token } })(), refused('NotAuthorizedException', message))
  }
  const none = `${region}:00000000-0000-4000-8000-000000000000`
  await assert.rejects(provider({ identityPoolId: none })(), refused('ResourceNotFoundException', `IdentityPool '${none}' not found.`))
  await assert.rejects(provider({ logins, accountId: '111122223333' })(), refused('ResourceNotFoundException', `IdentityPool '${made.id}' not found.`))
})

test('fromCognitoIdentityPool: guests are not wanted', async () => {
  const { id } = await createIdentityPool(pool, { AllowUnauthenticatedIdentities: false })
  await assert.rejects(provider({ identityPoolId: id, cache: memory() })(), refused('NotAuthorizedException', 'Unauthenticated access is not supported for this identity pool.'))
})

test('fromCognitoIdentity: an identity and its login', async () => {
  const { logins } = await user()
  const { identityId } = await provider({ logins })()
  assert.equal(await roleOf(fromCognitoIdentity({ identityId, logins, clientConfig })), nameOf(made.roles.authenticated))
  await assert.rejects(fromCognitoIdentity({ identityId, clientConfig })(), refused('NotAuthorizedException', `Access to Identity '${identityId}' is forbidden.`))
  const joe = await user()
  await assert.rejects(fromCognitoIdentity({ identityId, logins: joe.logins, clientConfig })(),
    refused('NotAuthorizedException', "Logins don't match. Please include at least one valid login for this identity or identity pool."))
  const none = `${region}:00000000-0000-4000-8000-000000000000`
  await assert.rejects(fromCognitoIdentity({ identityId: none, clientConfig })(), refused('ResourceNotFoundException', `Identity '${none}' not found.`))
})

test('fromCognitoIdentity: a guest who signs in keeps the identity', async () => {
  const { identityId } = await provider({ cache: memory() })()
  const { logins } = await user()
  assert.equal((await fromCognitoIdentity({ identityId, logins, clientConfig })()).identityId, identityId)
  assert.equal((await provider({ logins })()).identityId, identityId)
  const { Logins } = await identityPools.send(new DescribeIdentityCommand({ IdentityId: identityId }))
  assert.deepEqual(Logins, [pool.provider])
  await identityPools.send(new UnlinkIdentityCommand({ IdentityId: identityId, Logins: logins, LoginsToRemove: [pool.provider] }))
  assert.notEqual((await provider({ logins })()).identityId, identityId)
})

test('customRoleArn is one of the roles of the token', async () => {
  const own = await createPool()
  const { id, roles } = await createIdentityPool(own)
  const { username } = await createUser(own)
  const groups = []
  for (const Precedence of [1, 2]) {
    const RoleArn = await createRole(trust(id, 'authenticated'))
    const GroupName = unique('group')
    await userPools.send(new CreateGroupCommand({ UserPoolId: own.poolId, GroupName, RoleArn, Precedence }))
    await userPools.send(new AdminAddUserToGroupCommand({ UserPoolId: own.poolId, GroupName, Username: username }))
    groups.push(RoleArn)
  }
  await setRoles(id, roles, { [`${own.provider}:${own.clientId}`]: { Type: 'Token', AmbiguousRoleResolution: 'Deny' } })
  const logins = { [own.provider]: (await signIn(own, username)).IdToken }
  const get = customRoleArn => provider({ identityPoolId: id, logins, customRoleArn })
  assert.equal(await roleOf(get()), nameOf(groups[0]))
  assert.equal(await roleOf(get(groups[1])), nameOf(groups[1]))
  await assert.rejects(get(roles.authenticated)(), refused('NotAuthorizedException', `The role '${roles.authenticated}' is not among the roles of this identity.`))
  const outsider = await createUser(own)
  await assert.rejects(provider({ identityPoolId: id, logins: { [own.provider]: (await signIn(own, outsider.username)).IdToken } })(),
    refused('NotAuthorizedException', `The ambiguous role mapping rules for: ${own.provider}:${own.clientId} denied this request.`))
})

test('roles by rules', async () => {
  const { id, roles } = await createIdentityPool(pool)
  const staff = await createRole(trust(id, 'authenticated'))
  const { sub, logins } = await user()
  const rule = (MatchType, Value) => setRoles(id, roles, {
    [`${pool.provider}:${pool.clientId}`]: {
      Type: 'Rules', AmbiguousRoleResolution: 'AuthenticatedRole', RulesConfiguration: { Rules: [{ Claim: 'sub', MatchType, Value, RoleARN: staff }] },
    },
  })
  for (const [matchType, value, matches] of [
    ['Equals', sub, true], ['Equals', 'x' + sub, false], ['StartsWith', sub.slice(0, 9), true], ['StartsWith', sub.slice(1, 9), false],
    ['Contains', sub.slice(4, 12), true], ['Contains', 'nobody', false], ['NotEqual', 'nobody', true], ['NotEqual', sub, false],
  ]) {
    await rule(matchType, value)
    assert.equal(await roleOf(provider({ identityPoolId: id, logins })), nameOf(matches ? staff : roles.authenticated), `${matchType} ${value}`)
  }
})

test('principal tags and the identity are known to policies', async () => {
  const { id } = await createIdentityPool(pool)
  const { sub, logins } = await user()
  const role = await createRole(trust(id, 'authenticated'), policy(
    { Effect: 'Allow', Action: 'cognito-identity:ListIdentityPools', Resource: '*', Condition: { StringEquals: { 'aws:PrincipalTag/user': sub } } },
    { Effect: 'Allow', Action: 'cognito-identity:CreateIdentityPool', Resource: '*', Condition: { StringEquals: { 'aws:RequestTag/owner': `\${${federated}:sub}` } } },
  ))
  await setRoles(id, { authenticated: role })
  await identityPools.send(new SetPrincipalTagAttributeMapCommand({ IdentityPoolId: id, IdentityProviderName: pool.provider, PrincipalTags: { user: 'sub' } }))
  const credentials = provider({ identityPoolId: id, logins })
  const api = as(CognitoIdentityClient, credentials)
  await api.send(new ListIdentityPoolsCommand({ MaxResults: 1 }))
  const { identityId } = await credentials()
  await api.send(new CreateIdentityPoolCommand({ IdentityPoolName: 'mine', AllowUnauthenticatedIdentities: false, IdentityPoolTags: { owner: identityId } }))
  await assert.rejects(api.send(new CreateIdentityPoolCommand({ IdentityPoolName: 'other', AllowUnauthenticatedIdentities: false, IdentityPoolTags: { owner: 'joe' } })), { name: 'AccessDeniedException' })
  const joe = await user()
  await assert.rejects(as(CognitoIdentityClient, provider({ identityPoolId: id, logins: joe.logins })).send(new ListIdentityPoolsCommand({ MaxResults: 1 })), { name: 'AccessDeniedException' })
  // Without sts:TagSession in the trust policy there are no credentials.
  await setRoles(id, { authenticated: await createRole(trust(id, 'authenticated').replace(',"sts:TagSession"', '')) })
  await assert.rejects(provider({ identityPoolId: id, logins })(), wrongRole)
})

test('wrong roles', async () => {
  const { logins } = await user()
  const { id, roles } = await createIdentityPool(pool)
  const get = () => provider({ identityPoolId: id, logins })()
  for (const [what, authenticated] of Object.entries({
    'that are gone': roles.authenticated + 'x',
    'for guests': roles.unauthenticated,
    'of another pool': made.roles.authenticated,
    'for sts:AssumeRole': await createRole(policy({ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::123456789012:root' }, Action: 'sts:AssumeRole' })),
  })) {
    await setRoles(id, { authenticated })
    await assert.rejects(get(), wrongRole, what)
  }
  await setRoles(id, {})
  await assert.rejects(get(), wrongRole)
})

test('a user who was signed out', async () => {
  const { username, logins } = await user()
  const { id } = await createIdentityPool(pool, { CognitoIdentityProviders: [{ ProviderName: pool.provider, ClientId: pool.clientId, ServerSideTokenCheck: true }] })
  await provider({ identityPoolId: id, logins })()
  await userPools.send(new AdminUserGlobalSignOutCommand({ UserPoolId: pool.poolId, Username: username }))
  await assert.rejects(provider({ identityPoolId: id, logins })(), refused('NotAuthorizedException', 'Invalid login token. Token has been revoked.'))
  await provider({ logins })()
})

test('a developer\'s user', async () => {
  const name = 'login.example.app'
  const { id } = await createIdentityPool(pool, { DeveloperProviderName: name })
  const { IdentityId: identityId, Token: token } = await identityPools.send(new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId: id, Logins: { [name]: 'jane' } }))
  const credentials = fromCognitoIdentity({ identityId, logins: { [federated]: token }, clientConfig })
  assert.match(await callerOf(credentials), /CognitoIdentityCredentials$/)
  const { IdentityId: other } = await identityPools.send(new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId: id, Logins: { [name]: 'joe' } }))
  await assert.rejects(fromCognitoIdentity({ identityId: other, logins: { [federated]: token }, clientConfig })(), { name: 'NotAuthorizedException' })
  await assert.rejects(provider({ identityPoolId: id, logins: { [federated]: token } })(), refused('NotAuthorizedException', "Invalid login token. Can't pass in a Cognito token."))
})

const webToken = (roleArn, webIdentityToken, more = {}) => fromWebToken({ roleArn, webIdentityToken, clientConfig, ...more })
const openID = async (IdentityId, Logins) => (await identityPools.send(new GetOpenIdTokenCommand({ IdentityId, Logins }))).Token

test('fromWebToken: the basic flow', async () => {
  const { logins } = await user()
  const { IdentityId: identityId } = await identityPools.send(new GetIdCommand({ IdentityPoolId: made.id, Logins: logins }))
  const { IdentityId: guest } = await identityPools.send(new GetIdCommand({ IdentityPoolId: made.id }))
  const token = await openID(identityId, logins)
  assert.match(await callerOf(webToken(made.roles.authenticated, token, { roleSessionName: 'app' })), new RegExp(`:assumed-role/${nameOf(made.roles.authenticated)}/app$`))
  const { expiration } = await webToken(made.roles.authenticated, token, { durationSeconds: 900 })()
  assert.ok(expiration - new Date() < 15 * 60 * 1000 + 1000)
  // Guests have their role's permissions whole in this flow.
  await as(IAMClient, webToken(made.roles.unauthenticated, await openID(guest))).send(new ListRolesCommand({}))
  // A session policy of the caller's own narrows them.
  const narrow = webToken(made.roles.authenticated, token, { policy: policy({ Effect: 'Allow', Action: 'sts:*', Resource: '*' }) })
  await assert.rejects(as(IAMClient, narrow).send(new ListRolesCommand({})), refused('AccessDenied', /because no session policy allows the iam:ListRoles action$/))
  const denied = refused('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity')
  await assert.rejects(webToken(made.roles.authenticated, await openID(guest))(), denied)
  await assert.rejects(webToken(made.roles.unauthenticated, token)(), denied)
  await assert.rejects(webToken((await createIdentityPool(pool)).roles.authenticated, token)(), denied)
  await assert.rejects(webToken(made.roles.authenticated + 'x', token)(), denied)
  await assert.rejects(webToken(made.roles.authenticated, token.slice(0, -8) + 'AAAAAAAA')(), { name: 'InvalidIdentityTokenException' })
  await assert.rejects(webToken(made.roles.authenticated, token, { durationSeconds: 3601 })(), refused('ValidationError', 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'))
})

test('an OpenID token verifies by the keys of its issuer', async () => {
  const { logins, sub } = await user()
  const { IdentityId: identityId } = await identityPools.send(new GetIdCommand({ IdentityPoolId: made.id, Logins: logins }))
  const token = await openID(identityId, logins)
  const discovery = await (await fetch(`${endpoint}/cognito-identity/.well-known/openid-configuration`)).json()
  const issuer = `https://${federated}`
  assert.equal(discovery.issuer, issuer)
  const keys = createRemoteJWKSet(new URL(discovery.jwks_uri))
  const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer, audience: made.id, algorithms: ['RS512'], typ: 'JWS' })
  assert.equal(payload.sub, identityId)
  assert.deepEqual(payload.amr, ['authenticated', pool.provider, `${pool.provider}:CognitoSignIn:${sub}`])
  assert.equal(payload.exp - payload.iat, 600)
  assert.ok(protectedHeader.kid)
  await assert.rejects(jwtVerify(token.slice(0, -8) + 'AAAAAAAA', keys, { issuer }), { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
  await assert.rejects(jwtVerify(logins[pool.provider], keys), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
})

test('fromWebToken: the basic flow is off', async () => {
  const { id } = await createIdentityPool(pool, { AllowClassicFlow: false })
  const { IdentityId: guest } = await identityPools.send(new GetIdCommand({ IdentityPoolId: id }))
  const off = refused('InvalidParameterException', 'Basic (classic) flow is not enabled, please use enhanced flow.')
  await assert.rejects(openID(guest), off)
  await identityPools.send(new UpdateIdentityPoolCommand({ IdentityPoolId: id, IdentityPoolName: 'test', AllowUnauthenticatedIdentities: true, AllowClassicFlow: true }))
  assert.ok(await openID(guest))
})

test('fromWebToken: a token of the user pool itself', async () => {
  const { username, tokens, sub } = await user()
  const { iss } = JSON.parse(Buffer.from(tokens.IdToken.split('.')[1], 'base64url'))
  // The identity pools' role does not take it.
  await assert.rejects(webToken(made.roles.authenticated, tokens.IdToken)(), refused('InvalidIdentityTokenException', `No OpenIDConnect provider found in your account for ${iss}`))
  const { OpenIDConnectProviderArn: arn } = await iam.send(new CreateOpenIDConnectProviderCommand({ Url: iss, ClientIDList: [pool.clientId] }))
  await assert.rejects(webToken(made.roles.authenticated, tokens.IdToken)(), refused('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity'))
  const issuer = iss.replace(/^https?:\/\//, '')
  const role = await createRole(policy({
    Effect: 'Allow', Principal: { Federated: arn }, Action: 'sts:AssumeRoleWithWebIdentity', Condition: { StringEquals: { [`${issuer}:aud`]: pool.clientId, [`${issuer}:sub`]: sub } },
  }))
  assert.equal(await roleOf(webToken(role, (await signIn(pool, username)).IdToken)), nameOf(role))
  const joe = await user()
  await assert.rejects(webToken(role, joe.tokens.IdToken)(), refused('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity'))
})
