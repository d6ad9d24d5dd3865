// Pools for tests of sign-ins, with everything that sends messages on this
// server, and calls of the JavaScript SDK.
import {
  AdminCreateUserCommand, AdminInitiateAuthCommand, AdminRespondToAuthChallengeCommand, AdminSetUserPasswordCommand, CreateUserPoolClientCommand,
  CreateUserPoolCommand, InitiateAuthCommand, RespondToAuthChallengeCommand, SetUserPoolMfaConfigCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { createHmac } from 'node:crypto'
import { email, endpoint, password, region, userPools } from './setup.mjs'

const account = '123456789012'
export const everyFlow = ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_USER_AUTH', 'ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH']
export const sms = { SnsCallerArn: `arn:aws:iam::${account}:role/sms`, ExternalId: 'x' }

// riddle are the functions of custom authentication, which the server runs:
// twice wrong is too often, and SRP comes first where it was begun with.
const fn = name => `arn:aws:lambda:${region}:${account}:function:${name}`
export const riddle = { DefineAuthChallenge: fn('define'), CreateAuthChallenge: fn('create'), VerifyAuthChallengeResponse: fn('verify') }

// World is a pool whose usernames are e-mail addresses.
export class World {
  constructor (poolId, api, at) {
    Object.assign(this, { poolId, api, at })
  }

  // make makes a pool, its client and, with mfa, its MFA: OPTIONAL or ON with
  // every factor.
  static async make ({ pool = {}, client = {}, mfa, factors = ['TOTP', 'SMS', 'EMAIL'], api = userPools, at = endpoint } = {}) {
    const { UserPool } = await api.send(new CreateUserPoolCommand({
      PoolName: 'test',
      UsernameAttributes: ['email'],
      AutoVerifiedAttributes: ['email'],
      SmsConfiguration: sms,
      EmailConfiguration: { EmailSendingAccount: 'DEVELOPER', SourceArn: `arn:aws:ses:${region}:${account}:identity/mail@example.com` },
      ...pool,
    }))
    const w = new World(UserPool.Id, api, at)
    if (mfa) {
      await api.send(new SetUserPoolMfaConfigCommand({
        UserPoolId: w.poolId,
        MfaConfiguration: mfa,
        SoftwareTokenMfaConfiguration: factors.includes('TOTP') ? { Enabled: true } : undefined,
        SmsMfaConfiguration: factors.includes('SMS') ? { SmsConfiguration: sms } : undefined,
        EmailMfaConfiguration: factors.includes('EMAIL') ? { Message: 'Use {####}', Subject: 'Sign in' } : undefined,
      }))
    }
    return w.with(client)
  }

  // with is the same pool with another client.
  async with (settings = {}) {
    const { UserPoolClient: c } = await this.api.send(new CreateUserPoolClientCommand({ UserPoolId: this.poolId, ClientName: 'test', ExplicitAuthFlows: everyFlow, ...settings }))
    const w = new World(this.poolId, this.api, this.at)
    return Object.assign(w, { clientId: c.ClientId, secret: c.ClientSecret })
  }

  // user adds a confirmed user with a verified address.
  async user (attributes = {}, { permanent = true } = {}) {
    const username = email()
    const all = { email: username, email_verified: 'true', ...attributes }
    const { User } = await this.api.send(new AdminCreateUserCommand({
      UserPoolId: this.poolId, Username: username, MessageAction: 'SUPPRESS', UserAttributes: Object.entries(all).filter(([, v]) => v !== undefined).map(([Name, Value]) => ({ Name, Value })),
    }))
    await this.api.send(new AdminSetUserPasswordCommand({ UserPoolId: this.poolId, Username: username, Password: password, Permanent: permanent }))
    return { username, sub: User.Username }
  }

  // call sends a command with the client.
  call (Command, input) {
    return this.api.send(new Command({ ClientId: this.clientId, ...input }))
  }

  admin (Command, input) {
    return this.api.send(new Command({ UserPoolId: this.poolId, ...input }))
  }

  hash (username) {
    return this.secret && { SECRET_HASH: createHmac('sha256', this.secret).update(username + this.clientId).digest('base64') }
  }

  initiate (AuthFlow, AuthParameters, more) {
    return this.call(InitiateAuthCommand, { AuthFlow, AuthParameters: { ...this.hash(AuthParameters.USERNAME), ...AuthParameters }, ...more })
  }

  respond ({ ChallengeName, Session }, ChallengeResponses, more) {
    return this.call(RespondToAuthChallengeCommand, { ChallengeName, Session, ChallengeResponses: { ...this.hash(ChallengeResponses.USERNAME), ...ChallengeResponses }, ...more })
  }

  adminInitiate (AuthFlow, AuthParameters) {
    return this.admin(AdminInitiateAuthCommand, { ClientId: this.clientId, AuthFlow, AuthParameters: { ...this.hash(AuthParameters.USERNAME), ...AuthParameters } })
  }

  adminRespond ({ ChallengeName, Session }, ChallengeResponses) {
    return this.admin(AdminRespondToAuthChallengeCommand, { ClientId: this.clientId, ChallengeName, Session, ChallengeResponses: { ...this.hash(ChallengeResponses.USERNAME), ...ChallengeResponses } })
  }

  // tokens signs a user in with the password.
  async tokens (username, pw = password) {
    const out = await this.adminInitiate('ADMIN_USER_PASSWORD_AUTH', { USERNAME: username, PASSWORD: pw })
    return out.AuthenticationResult
  }
}
