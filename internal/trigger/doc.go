// Package trigger runs the Lambda functions of user pools: it makes the events
// that the Amazon Cognito Developer Guide documents, calls the functions of a
// pool's LambdaConfig and turns what comes back into values or AWS's errors.
//
//	r := trigger.New(trigger.Config{
//		Invoker: trigger.Chain{functions, &trigger.Lambda{Client: client}},
//		Log:     log,
//	})
//	userpool.New(userpool.Config{Triggers: r, ...})
//
// A [Runner] is the userpool.Triggers of a server. It reaches functions through
// an [Invoker]: [Lambda] calls the Invoke operation of AWS or of something that
// answers like it, package functions runs local commands, and [Chain] asks one
// after the other.
//
// A function has five seconds for an answer and is tried three times when it
// gives none ("Important considerations" in the guide's chapter "Customizing
// user pool workflows with Lambda triggers"). What a function answers is final:
//
//	it failed           UserLambdaValidationException   PreSignUp failed with error <message>.
//	it was not reached  UnexpectedLambdaException       PreSignUp invocation failed due to error <code>.
//	the answer is bad   InvalidLambdaResponseException  Unrecognizable lambda output
//
// Functions that send messages (CustomEmailSender, CustomSMSSender) run from the
// outbox, as [Sender]; the codes in their events are encrypted in the message
// format of the AWS Encryption SDK (package esdk).
package trigger
