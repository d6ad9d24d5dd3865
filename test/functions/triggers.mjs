// Triggers of a user pool in Node.js. What they do depends on the username. The
// username and triggerSource of each event go to the file EVENTS.
import { appendFileSync } from 'node:fs';

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

const byName = {
  thrower: () => { throw new Error('No trial accounts'); },
  mute: () => undefined,
  parrot: () => 'hello',
  liar: (event) => ({ ...event, response: { autoConfirmUser: 'perhaps' } }),
  quitter: () => process.exit(1),
  sleeper: async (event) => { await wait(60000); return event; },
};

const bySource = {
  CustomMessage(event) {
    const { codeParameter, usernameParameter, userAttributes } = event.request;
    event.response.emailSubject = `For ${userAttributes.email}`;
    event.response.emailMessage = `Hello ${usernameParameter ?? ''}, ${codeParameter} is it`;
    if (event.userName === 'chatty') event.response.smsMessage = 'x'.repeat(141);
  },
  UserMigration(event) {
    if (event.userName !== 'old') return;
    if (event.request.password !== undefined && event.request.password !== null && event.request.password !== 'Old-password-1') throw new Error('Bad password');
    event.response.userAttributes = { email: 'old@example.com', email_verified: 'true' };
    event.response.finalUserStatus = 'CONFIRMED';
    event.response.messageAction = 'SUPPRESS';
  },
  DefineAuthChallenge(event) {
    const { session } = event.request;
    const last = session.at(-1);
    if (session.length >= 3 && !last.challengeResult) event.response.failAuthentication = true;
    else if (last?.challengeResult) event.response.issueTokens = true;
    else event.response.challengeName = 'CUSTOM_CHALLENGE';
  },
  CreateAuthChallenge(event) {
    event.response.publicChallengeParameters = { question: 'six times seven' };
    event.response.privateChallengeParameters = { answer: '42' };
    event.response.challengeMetadata = `round ${event.request.session.length + 1}`;
  },
  VerifyAuthChallengeResponse(event) {
    event.response.answerCorrect = event.request.challengeAnswer === event.request.privateChallengeParameters.answer;
  },
  TokenGeneration(event) {
    event.response.claimsOverrideDetails = {
      claimsToAddOrOverride: { tier: 'gold', iss: 'forged' },
      claimsToSuppress: ['email'],
      groupOverrideDetails: { groupsToOverride: ['made-up'] },
    };
  },
};

export const handler = async (event) => {
  appendFileSync(process.env.EVENTS, `${event.userName} ${event.triggerSource}\n`);
  const special = byName[event.userName];
  if (special) return special(event);
  bySource[event.triggerSource.split('_')[0]]?.(event);
  return event;
};
